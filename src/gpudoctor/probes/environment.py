"""Probe a Python environment as it lies on disk; nothing of it is run."""

from gpudoctor.facts import EnvironmentFacts, Unknown, known
from gpudoctor.host import Host
from gpudoctor.probes.elsewhere import probe_kernels
from gpudoctor.probes.frameworks import probe_frameworks
from gpudoctor.probes.installation import probe_conda_packages, probe_damage, probe_unmet
from gpudoctor.probes.interpreter import Chosen, Interpreter, undescribed
from gpudoctor.probes.libraries import probe_libraries
from gpudoctor.probes.packages import probe_packages
from gpudoctor.probes.shadows import probe_shadows
from gpudoctor.probes.wheel_pins import wheel_pins


def probe_environment(host: Host, interpreter: Interpreter) -> EnvironmentFacts:
    """The packages, frameworks and libraries that an interpreter would import from."""
    path, prefix = interpreter.module_path, known(interpreter.facts.prefix) or ""
    installed = probe_packages(host, path)
    frameworks = probe_frameworks(host, path, installed)
    version = known(interpreter.facts.version) or ""
    return EnvironmentFacts(
        interpreter.facts,
        installed.fact(),
        frameworks,
        probe_libraries(host, interpreter, installed),
        wheel_pins=wheel_pins(host, installed),
        unmet=probe_unmet(host, path, installed, frameworks, version),
        damage=probe_damage(host, path, installed),
        shadows=probe_shadows(host, path, installed, frameworks),
        kernels=probe_kernels(host, prefix),
        conda_packages=probe_conda_packages(host, prefix, installed),
    )


def silent_environment(chosen: Chosen, why: str) -> EnvironmentFacts:
    """The environment of an interpreter that did not answer."""
    gap = Unknown(why)
    return EnvironmentFacts(
        undescribed(chosen, why),
        gap,
        libraries=gap,
        wheel_pins=gap,
        unmet=gap,
        damage=gap,
        shadows=gap,
        kernels=gap,
        conda_packages=gap,
    )
