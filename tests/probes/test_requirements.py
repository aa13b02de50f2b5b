"""Requirements are read without `packaging` where they are plainly met."""

import subprocess
import sys

import pytest

from gpudoctor.probes.requirements import applies, is_met


@pytest.mark.parametrize(
    ("version", "specifier", "met"),
    [
        ("4.12.2", ">=4.10.0", True),
        ("4.9", ">=4.10.0", False),
        ("2.14.1+cu130", "==2.14.1", True),
        ("1.26.4", "<2.0,>=1.23.5", True),
        ("2.4.6", "<2.0,>=1.23.5", False),
        ("3.2.0", "~=3.1", True),
        ("13.0.48", "==13.0.*", True),
        ("5.29.0", "!=5.28.0,<7,>=5", True),
        ("3.0.0rc1", ">=2", True),
        ("1.0", "", True),
        ("1.0", "==1.0.0", True),
        ("a vendor's", ">=2", True),
        ("1.0", "something else", True),
        (None, ">=1", False),
        (None, "", False),
    ],
)
def test_a_version_meets_a_specifier_as_pip_reads_it(
    version: str | None, specifier: str, *, met: bool
) -> None:
    assert is_met(version, specifier) is met


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        (' extra == "opt-einsum"', False),
        (' python_version >= "3.12"', True),
        (' python_version < "3.10"', False),
        (' python_version < "3.9"', False),
        (' platform_system == "Linux" and platform_machine == "x86_64"', True),
        (' sys_platform == "darwin"', False),
        (' sys_platform != "win32"', True),
        (' (python_version < "3.10" or sys_platform == "linux")', True),
        (' python_full_version < "3.11.3"', False),
        (" nonsense", False),
        (' unknown_name == "1"', False),
    ],
)
def test_a_marker_is_judged_for_the_examined_python(marker: str, *, holds: bool) -> None:
    assert applies(marker, "3.12.3", "x86_64") is holds


def test_plain_requirements_do_not_load_packaging() -> None:
    code = (
        "import sys\n"
        "from gpudoctor.probes.requirements import applies, is_met\n"
        "assert is_met('4.12.2', '>=4.10.0') and not is_met(None, '>=1')\n"
        "assert not applies('python_version < \"3.10\"', '3.12.3', 'x86_64')\n"
        "assert 'packaging' not in sys.modules\n"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
