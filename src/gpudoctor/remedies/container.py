"""Repairs that give a container the host's GPU; most of their steps are for the host."""

from gpudoctor.facts import Snapshot, known
from gpudoctor.findings import Manual, Remedy, Step
from gpudoctor.remedies.commands import proof

_TOOLKIT_PAGE = (
    "https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html"
)
_HOW_TO_START = {
    "docker": "docker run --gpus all … (in Compose: a device reservation with driver nvidia)",
    "podman": "podman run --device nvidia.com/gpu=all …",
    "containerd": "nerdctl run --gpus all … (plain ctr: ctr run --gpus 0 …)",
    "kubernetes": "the pod's container needs resources.limits with nvidia.com/gpu: 1",
    "apptainer": "apptainer exec --nv … (singularity exec --nv …); a GPU must work on the host",
    "lxc": "lxc config device add CONTAINER gpu gpu, and nvidia.runtime set to true",
}
_HOW_TO_SET_UP: dict[str, tuple[str, ...]] = {
    "docker": (
        "sudo nvidia-ctk runtime configure --runtime=docker",
        "sudo systemctl restart docker",
    ),
    "podman": ("sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml",),
    "containerd": (
        "sudo nvidia-ctk runtime configure --runtime=containerd",
        "sudo systemctl restart containerd",
    ),
    "kubernetes": (
        "kubectl describe node NODE must list nvidia.com/gpu under Allocatable",
        "if it does not, the cluster needs NVIDIA's device plugin, or the GPU operator",
        "if it does, the pod may need runtimeClassName: nvidia (kubectl get runtimeclass)",
    ),
    "lxc": ("install libnvidia-container's tools for nvidia.runtime, then restart the container",),
}


def start_with_gpu(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Start the container again with the GPU passed in."""
    runtime = known(snapshot.platform.container) or ""
    how = _HOW_TO_START.get(runtime, "see the container runtime's option for NVIDIA GPUs")
    return Remedy(
        summary="Start the container again with the GPU passed in",
        steps=(Manual(f"On the host: {how}"),),
        scope="host",
        verify=proof(diagnosis),
        stops=("this container",),
    )


def build_without_gpu(diagnosis: str) -> Remedy:
    """Build the image without asking a GPU, and use one when it runs."""
    return Remedy(
        summary="Build without a GPU, and move what needs one to the container's run",
        steps=(
            Manual("Move tests, warm-ups and downloads that ask for a GPU out of the build"),
            Manual(
                "Name the architectures to compile for, as in ENV TORCH_CUDA_ARCH_LIST, "
                "CMAKE_CUDA_ARCHITECTURES or FORCE_CUDA=1, so that the build asks no GPU"
            ),
        ),
        scope="environment",
        verify=proof(diagnosis),
    )


def set_up_runtime(snapshot: Snapshot, diagnosis: str) -> Remedy:
    """Install and configure NVIDIA's container toolkit on the host."""
    runtime = known(snapshot.platform.container) or ""
    configuring: tuple[Step, ...] = tuple(
        Manual(f"On the host: {step}") for step in _HOW_TO_SET_UP.get(runtime, ())
    )
    return Remedy(
        summary="Where that is not enough: set up NVIDIA's container toolkit on the host",
        steps=(
            Manual(f"On the host, install the NVIDIA Container Toolkit: {_TOOLKIT_PAGE}"),
            *configuring,
        ),
        scope="host",
        verify=proof(diagnosis),
        needs_root=True,
        stops=("the host's containers, while their daemon restarts",),
    )


def ask_for_compute(diagnosis: str) -> Remedy:
    """Start the container again with the driver's compute libraries mounted."""
    return Remedy(
        summary="Start the container again with NVIDIA_DRIVER_CAPABILITIES=compute,utility",
        steps=(
            Manual(
                "On the host, start the container with -e NVIDIA_DRIVER_CAPABILITIES="
                "compute,utility; the variable acts only when a container is created"
            ),
        ),
        scope="host",
        verify=proof(diagnosis),
        stops=("this container",),
    )
