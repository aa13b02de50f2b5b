"""Whether the parts of the cuDNN that is loaded are of one release."""

from gpudoctor.checks._import_error import stem_of
from gpudoctor.checks._which_copy import loads_of
from gpudoctor.facts import EnvironmentFacts, FrameworkFacts, Known, known
from gpudoctor.findings import Evidence


def mixed_parts(
    environment: EnvironmentFacts, index: int, framework: FrameworkFacts
) -> Evidence | None:
    """Two parts of different releases in the folder that cuDNN is loaded from."""
    load = next(loads_of(framework, "libcudnn"), None)
    path = known(load.path) if load else None
    if path is None:
        return None
    folder = path.rpartition("/")[0]
    versions: dict[str, str] = {}
    for each in known(environment.libraries) or ():
        is_part = stem_of(each.soname).startswith("libcudnn")
        if is_part and each.path.rpartition("/")[0] == folder and isinstance(each.version, Known):
            versions.setdefault(each.version.value, each.soname)
    if len(versions) < len(("one", "another")):
        return None
    words = " and ".join(f"{soname} of {version}" for version, soname in versions.items())
    return Evidence(f"/environments/{index}/libraries", words, folder)
