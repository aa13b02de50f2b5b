"""What a finding's remedies say and run, for tests to look into."""

from gpudoctor.findings import Command, Edit, Finding, Step


def steps(finding: Finding) -> tuple[Step, ...]:
    """Each step of each remedy."""
    return tuple(step for remedy in finding.remedies for step in remedy.steps)


def words(finding: Finding) -> str:
    """All that the steps tell a person, and the shell lines."""
    return "\n".join(step.text for step in steps(finding) if not isinstance(step, Command | Edit))


def commands(finding: Finding) -> list[tuple[str, ...]]:
    """The commands to run."""
    return [step.argv for step in steps(finding) if isinstance(step, Command)]
