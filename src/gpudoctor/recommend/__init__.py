"""Recommends what to install on a machine, from the matrix alone: `recommend`."""

from gpudoctor.recommend.choose import recommend
from gpudoctor.recommend.wanted import Choice, Group, Opening, Recommendation, RuledOut, Wanted

__all__ = ["Choice", "Group", "Opening", "Recommendation", "RuledOut", "Wanted", "recommend"]
