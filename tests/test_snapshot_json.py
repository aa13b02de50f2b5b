"""The snapshot as plain values with their provenance."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gpudoctor.facts import (
    NOT_LOOKED,
    Absent,
    CudaDevice,
    EnvironmentFacts,
    Known,
    LibcudaFacts,
    NvmlFacts,
    PlatformFacts,
    PythonFacts,
    Snapshot,
    Unknown,
)
from gpudoctor.snapshot_json import encode_snapshot
from gpudoctor.versions import ComputeCapability, CudaVersion
from report_machine import snapshot


def at(document: Any, pointer: str) -> Any:
    """What a JSON Pointer leads to."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        document = document[int(key) if isinstance(document, list) else key]
    return document


def test_the_contracts_names_come_first_and_in_its_order() -> None:
    encoded = encode_snapshot(snapshot())

    sections = ["platform", "driver", "gpus", "toolkits", "cudnn", "environments", "symptoms"]
    assert list(encoded)[:7] == sections
    assert list(encoded)[-1] == "provenance"
    assert list(encoded["platform"])[:6] == [
        "os",
        "distribution",
        "kernel",
        "wsl",
        "container",
        "cpu_arch",
    ]
    assert list(encoded["driver"])[:5] == [
        "version",
        "cuda_driver_api",
        "kernel_module",
        "libcuda",
        "flavour",
    ]
    assert list(encoded["environments"][0]["frameworks"]["torch"])[:6] == [
        "version",
        "built_for_cuda",
        "cudnn",
        "arch_list",
        "sees_gpu",
        "error",
    ]


def test_values_are_plain() -> None:
    encoded = encode_snapshot(snapshot())

    assert json.loads(json.dumps(encoded)) == encoded
    assert encoded["driver"]["version"] == "570.86.15"
    assert encoded["driver"]["libcuda"] == "570.86.15"
    assert encoded["driver"]["cuda_driver_api"] == "12.8"
    assert encoded["gpus"][1]["index"] == 1
    assert encoded["gpus"][1]["compute_capability"] == "8.0"
    framework = encoded["environments"][0]["frameworks"]["torch"]
    assert framework["arch_list"] == ["sm_80", "compute_90"]
    assert framework["sees_gpu"] is True


def test_provenance_tells_known_from_absent_from_unknown() -> None:
    origins = encode_snapshot(snapshot())["provenance"]

    assert origins["/driver/version"] == {"state": "known", "source": "NVML", "reason": None}
    assert origins["/platform/wsl"]["state"] == "absent"
    assert origins["/fabric/services"] == {
        "state": "unknown",
        "source": None,
        "reason": "systemd does not run here",
    }


def test_every_pointer_leads_somewhere_and_null_has_a_reason() -> None:
    encoded = encode_snapshot(snapshot())

    for pointer, origin in encoded["provenance"].items():
        value = at(encoded, pointer)
        assert origin["state"] == "known" or value in (None, []), pointer


def test_a_bare_snapshot_has_every_key_and_no_value() -> None:
    encoded = encode_snapshot(Snapshot(PlatformFacts("linux", "x86_64")))

    assert encoded["driver"]["version"] is None
    assert encoded["gpus"] == encoded["environments"] == []
    assert encoded["provenance"]["/gpus"]["state"] == "unknown"


def test_libcudas_devices_stand_in_where_nvml_has_none() -> None:
    device = CudaDevice(
        0, Known("Orin", "libcuda"), Absent("libcuda"), Known(ComputeCapability(8, 7), "libcuda")
    )
    bare = Snapshot(
        PlatformFacts("linux", "aarch64"),
        nvml=NvmlFacts(gpus=Unknown("no NVML")),
        libcuda=LibcudaFacts(devices=Known((device,), "libcuda")),
    )
    [gpu] = encode_snapshot(bare)["gpus"]
    assert gpu["name"] == "Orin"
    assert gpu["compute_capability"] == "8.7"
    assert gpu["memory_total_bytes"] is None


def test_nvmls_cuda_stands_in_where_libcuda_was_silent() -> None:
    silent = replace(snapshot(), libcuda=LibcudaFacts(cuda_driver_api=NOT_LOOKED))
    encoded = encode_snapshot(silent)
    assert encoded["driver"]["cuda_driver_api"] == "12.8"
    assert encoded["provenance"]["/driver/cuda_driver_api"]["source"] == "NVML"

    refused = Unknown("cuInit crashed")
    nothing = replace(
        silent,
        nvml=NvmlFacts(cuda_driver_api=Absent("NVML")),
        libcuda=LibcudaFacts(cuda_driver_api=refused),
    )
    origin = encode_snapshot(nothing)["provenance"]["/driver/cuda_driver_api"]
    assert origin["reason"] == "cuInit crashed"


def test_a_framework_that_was_not_imported_says_why_it_says_nothing() -> None:
    whole = snapshot()
    [environment] = whole.environments
    [torch] = environment.frameworks
    quick = replace(
        torch, imported=Unknown("--quick"), built_for_cuda=Known(CudaVersion(13, 0), "x")
    )
    encoded = encode_snapshot(
        replace(whole, environments=(replace(environment, frameworks=(quick,)),))
    )

    framework = encoded["environments"][0]["frameworks"]["torch"]
    assert framework["sees_gpu"] is None
    assert framework["imported"] is None
    pointer = "/environments/0/frameworks/torch/sees_gpu"
    assert encoded["provenance"][pointer]["reason"] == "--quick"


@given(st.text(max_size=8))
def test_any_name_can_be_pointed_to(name: str) -> None:
    environment = EnvironmentFacts(
        PythonFacts("python"), packages=Known({name: "1"}, "site-packages")
    )
    bare = Snapshot(PlatformFacts("linux", "x86_64"), environments=(environment,))
    encoded = encode_snapshot(bare)
    assert at(encoded, "/environments/0/packages") == {name: "1"}
    assert all(at(encoded, each) is not ... for each in encoded["provenance"])
