"""The kernel log's messages are found however the log was read."""

import pytest

from gpudoctor.kernel_log import MESSAGES, KernelMessage, read_kernel_log

NO_GSP = (
    "NVRM: The NVIDIA GPU 0000:07:00.0 (PCI ID: 10de:1b80)",
    "NVRM: installed in this system is not supported by open",
    "NVRM: nvidia.ko because it does not include the required GPU",
    "NVRM: System Processor (GSP).",
)


def only(*lines: str) -> KernelMessage:
    [message] = read_kernel_log(lines)
    return message


@pytest.mark.parametrize("each", MESSAGES, ids=lambda each: each.example[:40])
def test_each_pattern_finds_its_example(each: object) -> None:
    assert only(each.example).id == each.id  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "lines",
    [
        NO_GSP,
        ("\\x0a".join(NO_GSP),),
        tuple(f"[    5.1{n}] {line}" for n, line in enumerate(NO_GSP)),
        (f"[    5.1] {NO_GSP[0]}", *(f"               {line}" for line in NO_GSP[1:])),
        tuple(f"Mar  2 10:11:12 box kernel: {line}" for line in NO_GSP),
    ],
    ids=["bare", "kmsg", "dmesg", "dmesg indented", "journal"],
)
def test_a_message_over_several_lines_is_one(lines: tuple[str, ...]) -> None:
    message = only(*lines)

    assert (message.id, message.address, message.device_id, message.line) == (
        "gpu-without-gsp",
        "0000:07:00.0",
        "1B80",
        0,
    )


def test_the_legacy_message_names_product_branch_and_the_driver_that_speaks() -> None:
    message = only(
        "NVRM: The NVIDIA GeForce GTX 780 GPU installed in this system is",
        "NVRM:  supported through the NVIDIA 470.xx Legacy drivers. Please",
        "NVRM:  visit http://www.nvidia.com/object/unix.html for more",
        "NVRM:  information.  The 550.54.14 NVIDIA driver will ignore",
        "NVRM:  this GPU.  Continuing probe...",
    )

    assert (message.product, message.branch, message.version) == (
        "GeForce GTX 780",
        470,
        "550.54.14",
    )


@pytest.mark.parametrize(
    ("line", "version", "flavour"),
    [
        (
            "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.54.03  Thu",
            "535.54.03",
            "proprietary",
        ),
        (
            "NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release",
            "580.95.05",
            "open",
        ),
    ],
)
def test_the_modules_greeting_tells_version_and_flavour(
    line: str, version: str, flavour: str
) -> None:
    message = only(line)

    assert (message.version, message.flavour) == (version, flavour)


def test_a_gsp_that_does_not_start_is_placed_by_the_message_that_follows() -> None:
    message = only(
        "NVRM: GPU1 RmInitAdapter: Cannot initialize GSP firmware RM",
        "NVRM: GPU 0000:41:00.0: RmInitAdapter failed! (0x62:0x40:2168)",
    )

    assert message.address == "0000:41:00.0"


def test_what_is_repeated_is_told_once() -> None:
    line = "NVRM: Xid (PCI:0000:3b:00): 119, pid=7, name=python, Timeout"

    assert len(list(read_kernel_log([line, line, line.replace("3b", "5e")]))) == 2


@pytest.mark.parametrize(
    "line",
    [
        "nouveau 0000:01:00.0: Direct firmware load for nvidia/ga102/gsp/gsp-535.113.01.bin failed",
        "NVRM: Xid (PCI:0000:3b:00): 31, pid=7, name=python, MMU Fault",
        "NVRM: GPU 0000:41:00.0: RmInitAdapter failed! (0x22:0x56:894)",
        "a user wrote: requires use of the NVIDIA open kernel modules",
    ],
)
def test_other_lines_say_nothing(line: str) -> None:
    assert list(read_kernel_log([line])) == []


def test_hostile_text_is_bounded_and_printable() -> None:
    line = "NVRM: The NVIDIA \x1b[31m" + "A" * 40 + " GPU installed in this system is supported "
    message = only(line + "through the NVIDIA 470.xx Legacy drivers" + "x" * 10_000)

    assert message.text.isprintable()
    assert len(message.text) <= 300
