"""Run by the interpreter that is examined: ``ask.py MODE [ARGUMENT] FD[,TURN_FD]``.

Standard library only and syntax that Python 3.6 reads. Answers go, a JSON object a stage, to the
inherited descriptor; stdout and stderr belong to whatever is imported.
"""

import sys

if sys.path and sys.path[0] == __file__.rpartition("/")[0]:
    del sys.path[0]  # or this folder would shadow nothing today and something tomorrow

import json
import os


def main():
    mode, arguments = sys.argv[1], sys.argv[2:-1]
    descriptors = [int(part) for part in sys.argv[-1].split(",")]
    sys.argv[1:] = []  # a framework that reads our arguments would misread them

    def say(stage, **answer):
        os.write(descriptors[0], json.dumps(dict(answer, stage=stage)).encode("ascii") + b"\n")

    say("started")
    _no_core_file()
    if mode == "describe":
        say("describe", **_describe())
    elif mode == "cudart":
        _ask_runtime(arguments[0], say)
    else:
        _ask_framework(mode, descriptors[1], say)
    say("done")


def _no_core_file():
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass


def _describe():
    libc = None
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        pass
    return {
        "executable": sys.executable,
        "version": "%d.%d.%d" % sys.version_info[:3],
        "prefix": sys.prefix,
        "base_prefix": getattr(sys, "base_prefix", sys.prefix),
        "stdlib": os.path.dirname(os.__file__),
        "path": [entry for entry in sys.path if os.path.isabs(entry)],
        "libc": libc,
        "bits": 64 if sys.maxsize > 2**32 else 32,
    }


def _ask_runtime(path, say):
    """The verdict of the CUDA runtime that the framework itself would load."""
    import ctypes

    runtime = ctypes.CDLL(path)
    number = ctypes.c_int(0)
    code = runtime.cudaRuntimeGetVersion(ctypes.byref(number))
    say("runtime", code=code, number=number.value)
    code = runtime.cudaGetDeviceCount(ctypes.byref(number))
    runtime.cudaGetErrorName.restype = ctypes.c_char_p
    name = (runtime.cudaGetErrorName(code) or b"").decode("ascii", "replace")
    say("count", code=code, name=name, count=number.value if code == 0 else 0)


def _ask_framework(name, turn, say):
    asks = {
        "torch": (_torch_devices, _torch_compute, "cuda:%d"),
        "tensorflow": (_tf_devices, _tf_compute, "/GPU:%d"),
    }
    devices, compute, device = asks[name]
    try:
        module = __import__(name)
    except BaseException as error:  # SystemExit in an import is an answer too
        say("import", error=_words(error), kind=type(error).__name__)
        return
    say("import", error=None, file=getattr(module, "__file__", None))
    try:
        found = devices(module)
    except BaseException as error:
        say("devices", error=_words(error))
        return
    say("devices", **found)
    if found["count"]:
        os.write(turn, b"?")
        allowed = json.loads(_line(turn))
        say("turn", **allowed)
        if allowed["devices"]:
            say("compute", **_compute(compute, module, device, allowed["devices"]))


def _words(error):
    text = str(error)
    return "%s: %s" % (type(error).__name__, text) if text else type(error).__name__


def _line(descriptor):
    text = b""
    while not text.endswith(b"\n"):
        block = os.read(descriptor, 4096)
        if not block:
            os._exit(0)
        text += block
    return text.decode("ascii")


def _compute(compute, module, device, ordinals):
    wrong = []
    for ordinal in ordinals:
        try:
            wrong += ["GPU %d: %s" % (ordinal, what) for what in compute(module, device % ordinal)]
        except BaseException as error:
            return {"error": "GPU %d: %s" % (ordinal, _words(error)), "wrong": wrong}
    return {"error": None, "wrong": wrong}


def _torch_devices(torch):
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sees = bool(torch.cuda.is_available())
        count = int(torch.cuda.device_count()) if sees else 0
    text = "; ".join(str(each.message) for each in caught)
    if not sees:
        try:
            torch.cuda.init()
        except Exception as error:
            text = _words(error)
    return {"sees_gpu": sees, "count": count, "error_text": text or None}


def _torch_compute(torch, device):
    """What differs from the CPU beyond what TensorFloat-32 rounds off."""
    torch.manual_seed(0)
    left, right = torch.rand(64, 64), torch.rand(64, 64)
    image, kernel = torch.rand(1, 3, 16, 16), torch.rand(4, 3, 3, 3)
    product = torch.matmul(left.to(device), right.to(device)).cpu()
    if not torch.allclose(product, torch.matmul(left, right), rtol=1e-2, atol=1e-2):
        yield "matmul differs from the CPU's"
    conv = torch.nn.functional.conv2d
    if not torch.allclose(
        conv(image.to(device), kernel.to(device)).cpu(), conv(image, kernel), rtol=1e-2, atol=1e-2
    ):
        yield "convolution differs from the CPU's"


def _tf_devices(tf):
    found = tf.config.list_physical_devices("GPU")
    return {"sees_gpu": bool(found), "count": len(found), "error_text": None}


def _tf_compute(tf, device):
    tf.random.set_seed(0)
    with tf.device("/CPU:0"):
        left, right = tf.random.uniform((64, 64)), tf.random.uniform((64, 64))
        image, kernel = tf.random.uniform((1, 16, 16, 3)), tf.random.uniform((3, 3, 3, 4))
        wanted = tf.matmul(left, right), tf.nn.conv2d(image, kernel, 1, "VALID")
    with tf.device(device):
        got = tf.matmul(left, right), tf.nn.conv2d(image, kernel, 1, "VALID")
    for what, ours, theirs in zip(("matmul", "convolution"), wanted, got):
        if float(tf.reduce_max(tf.abs(ours - theirs))) > 0.1:
            yield what + " differs from the CPU's"


if __name__ == "__main__":
    main()
    os._exit(0)  # a framework's own clean-up may hang or crash, and nothing of it is asked
