"""Shows a recommendation as text, JSON, or the files that package managers read."""

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping

from gpudoctor.escaping import visible
from gpudoctor.matrix.queries import Matrix
from gpudoctor.recommend import Choice, Group, Recommendation, RuledOut
from gpudoctor.recommend.commands import commands, newest_python

SCHEMA_VERSION = 1
_ROOM = 40  # narrower than that nothing is readable

Render = Callable[[Recommendation, Matrix, str, int], str]


def as_text(found: Recommendation, matrix: Matrix, manager: str, width: int) -> str:
    """What to type, why these builds, what ruled out newer ones."""
    lines = [_title(found), ""]
    for number, group in enumerate(found.groups, 1):
        heading = f"Environment {number}" if len(found.groups) > 1 else "Install"
        lines += [f"{heading}:", ""]
        lines += [f"  {line}" for line in _commands(found, group, manager)]
        lines += ["", *_why(group, width), ""]
    for framework in found.missing:
        lines += _wrapped(f"No release of {framework} is known to run there.", width)
        openings = [each for each in found.openings if each.framework == framework]
        for opening in openings:
            lines += _wrapped(f"- With {opening.change}: {opening.gives}.", width)
        if not openings:
            lines += _wrapped("No single change of driver or Python would do.", width)
        lines.append("")
    if found.ruled_out:
        lines += ["Ruled out:"]
        lines += [each for out in found.ruled_out for each in _wrapped(_ruled_out(out), width)]
        lines.append("")
    lines += [
        each for remark in found.remarks for each in (*_wrapped(f"Note: {remark}.", width), "")
    ]
    info = matrix.info
    lines.append(f"matrix {info.version} of {info.date}")
    return "".join(f"{visible(line)}\n" for line in lines)


def as_json(found: Recommendation, matrix: Matrix, manager: str, width: int) -> str:  # noqa: ARG001
    """The same as one JSON document."""
    info, setting = matrix.info, found.wanted.setting
    document = {
        "schema_version": SCHEMA_VERSION,
        "matrix": {"version": info.version, "date": info.date, "sha256": info.sha256},
        "for": {
            "gpus": [
                {"name": each.name, "capability": str(each.capability)}
                for each in found.wanted.gpus
            ],
            "driver": str(setting.driver) if setting.driver else None,
            "os": "wsl" if setting.is_wsl else setting.os,
            "python": setting.python,
            "cpu_arch": found.wanted.cpu_arch,
            "glibc": ".".join(map(str, found.wanted.glibc)) if found.wanted.glibc else None,
            "keep": found.wanted.keep,
        },
        "environments": [
            {
                "python": _python(found, group),
                "packages": [_choice(each) for each in group.choices],
                "commands": _commands(found, group, manager),
            }
            for group in found.groups
        ],
        "without_answer": list(found.missing),
        "openings": [
            {"framework": o.framework, "change": o.change, "gives": o.gives} for o in found.openings
        ],
        "ruled_out": [
            {"framework": o.framework, "newest": o.newest, "oldest": o.oldest, "why": o.why}
            for o in found.ruled_out
        ],
        "remarks": list(found.remarks),
    }
    return json.dumps(document, indent=2) + "\n"


def as_requirements(found: Recommendation, matrix: Matrix, manager: str, width: int) -> str:  # noqa: ARG001
    """A requirements.txt; several environments follow each other, each under its heading."""
    lines = []
    for group in found.groups:
        python = "" if found.wanted.setting.python else f", Python {_python(found, group)}"
        lines.append(f"# {_title(found)}{python}")
        urls = dict.fromkeys(each.index_url for each in group.choices if each.index_url)
        lines += [f"--extra-index-url {url}" for url in urls]
        lines += [each for choice in group.choices for each in _all_packages(choice)]
        lines += found.wanted.keep
    return "".join(f"{visible(line)}\n" for line in lines)


def as_pyproject(found: Recommendation, matrix: Matrix, manager: str, width: int) -> str:  # noqa: ARG001
    """The tables of a pyproject.toml, with PyTorch's index as uv reads it."""
    lines = []
    for group in found.groups:
        packages = [each for choice in group.choices for each in _all_packages(choice)]
        lines += [
            "[project]",
            f'requires-python = "=={_python(found, group)}.*"',
            "dependencies = [",
        ]
        lines += [f"    {json.dumps(each)}," for each in (*packages, *found.wanted.keep)]
        lines += ["]", ""]
        for choice in group.choices:
            if choice.index_url:
                name = f"pytorch-{choice.tag}"
                lines += ["[tool.uv.sources]"]
                lines += [f'{_name(each)} = {{ index = "{name}" }}' for each in _packages(choice)]
                lines += ["", "[[tool.uv.index]]", f'name = "{name}"']
                lines += [f'url = "{choice.index_url}"', "explicit = true", ""]
    return "".join(f"{visible(line)}\n" for line in lines)


def as_dockerfile(found: Recommendation, matrix: Matrix, manager: str, width: int) -> str:  # noqa: ARG001
    """A Dockerfile: the wheels bring CUDA, the host brings the driver."""
    lines = []
    for group in found.groups:
        lines += [
            f"# {_title(found)}. Run it with: docker run --gpus all IMAGE",
            f"FROM python:{_python(found, group)}-slim",
        ]
        for line in commands(group, "pip", _python(found, group), found.wanted.keep)[1:]:
            lines.append(f"RUN {line.replace('.venv/bin/python -m pip', 'pip')} --no-cache-dir")
    return "".join(f"{visible(line)}\n" for line in lines)


RENDERERS: Mapping[str, Render] = {
    "text": as_text,
    "json": as_json,
    "requirements": as_requirements,
    "pyproject": as_pyproject,
    "dockerfile": as_dockerfile,
}


def _title(found: Recommendation) -> str:
    setting = found.wanted.setting
    cards = ", ".join(
        f"{each.name} ({each.capability})" if each.product else each.name
        for each in found.wanted.gpus
    )
    system = "WSL" if setting.is_wsl else setting.os
    driver = f"driver {setting.driver}" if setting.driver else "any driver"
    python = f", Python {setting.python}" if setting.python else ""
    return f"For {cards}, {driver}, {system}{python}"


def _python(found: Recommendation, group: Group) -> str:
    return found.wanted.setting.python or newest_python(group)


def _commands(found: Recommendation, group: Group, manager: str) -> list[str]:
    return commands(group, manager, found.wanted.setting.python, found.wanted.keep)


def _why(group: Group, width: int) -> Iterator[str]:
    for choice in group.choices:
        name = choice.requirement
        by = {True: ", which the driver speaks itself", None: ""}.get(
            choice.is_native, ", which the driver runs by minor-version compatibility"
        )
        yield from _wrapped(f"{name}: CUDA {choice.cuda}{by}.", width)
        for step in choice.steps:
            if step.about in ("code", "driver"):
                yield from _wrapped(f"  {step.words}", width)
        if choice.needs:
            yield from _wrapped(f"  It also needs {choice.needs}.", width)


def _ruled_out(out: RuledOut) -> str:
    span = out.newest if out.newest == out.oldest else f"{out.oldest} to {out.newest}"
    return f"- {out.framework} {span}: {out.why}."


def _choice(choice: Choice) -> dict[str, object]:
    return {
        "framework": choice.framework,
        "version": choice.version,
        "cuda": str(choice.cuda),
        "cudnn": choice.cudnn,
        "driver_speaks_it": choice.is_native,
        "requirement": choice.requirement,
        "beside": list(choice.beside),
        "companions": list(choice.then),
        "index_url": choice.index_url,
        "needs": choice.needs,
        "why": [
            {
                "about": step.about,
                "words": step.words,
                "rows": [row.name for row in step.rows],
                "checked": sorted({row.origin.checked for row in step.rows}),
            }
            for step in choice.steps
        ],
    }


def _packages(choice: Choice) -> tuple[str, ...]:
    return (choice.requirement, *choice.beside)


def _all_packages(choice: Choice) -> tuple[str, ...]:
    return (*_packages(choice), *choice.then)


def _name(requirement: str) -> str:
    return requirement.partition("==")[0].partition("[")[0]


def _wrapped(text: str, width: int) -> list[str]:
    indent = "  " if text.startswith(("- ", "  ")) else ""
    return textwrap.wrap(
        text,
        max(width, _ROOM),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
