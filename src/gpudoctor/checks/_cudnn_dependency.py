"""The CUDA libraries that cuDNN itself opens: their names tell for which CUDA it was built."""

import re

_SAID_BY_CUDNN = re.compile(r"Could not load library lib(?!cudnn)[\w.-]+\. Error")


def is_said_by_cudnn(message: str) -> bool:
    """Whether cuDNN, not the framework, misses a library: the sentence is cuDNN's own."""
    return _SAID_BY_CUDNN.search(message) is not None
