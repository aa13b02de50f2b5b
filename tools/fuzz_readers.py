"""Feed the readers of pasted texts with what mutation makes of real forms; stop at an exception.

python tools/fuzz_readers.py [SECONDS] [SEED]
"""

import random
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from gpudoctor.kernel_log import MESSAGES  # noqa: E402
from gpudoctor.readers import read_lines  # noqa: E402
from gpudoctor.readers.lines import clean_lines  # noqa: E402
from gpudoctor.symptoms import SYMPTOMS  # noqa: E402
from transcripts import COLLECT_ENV, OLD_SMI, SMI, VLLM_ENV  # noqa: E402

SEEDS = [
    *(line for text in (COLLECT_ENV, OLD_SMI, SMI, VLLM_ENV) for line in text.splitlines()),
    *(row.example for row in (*SYMPTOMS, *MESSAGES)),
]
ODD = ["\x00", "\x1b[31m", "\r", "|", ":", "==", "²", "\u202e", "9" * 400, "\\", "(", "`", "<a>"]


def mutated(rng: random.Random) -> str:
    """A few lines of tools, cut, joined, doubled and spoilt."""
    lines = [rng.choice(SEEDS) for _ in range(rng.randint(1, 30))]
    for _ in range(rng.randint(0, 12)):
        place = rng.randrange(len(lines))
        line = lines[place]
        cut = rng.randint(0, len(line))
        lines[place] = rng.choice(
            (line[:cut], line[cut:], line[:cut] + rng.choice(ODD) + line[cut:], line * 2)
        )
    return "\n".join(lines)


def main() -> int:
    """Run for so many seconds; 1 and the text where a reader raised."""
    arguments = sys.argv[1:]
    seconds = float(arguments[0]) if arguments else 60.0
    rng = random.Random(int(arguments[1]) if arguments[1:] else 0)  # noqa: S311 - no secret
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        text = mutated(rng)
        count += 1
        try:
            read_lines(list(clean_lines(enumerate(text.split("\n"), 1))))
        except Exception:  # noqa: BLE001 - whatever it is, it is a find
            traceback.print_exc()
            print(repr(text))
            return 1
    print(f"{count} texts, no exception")
    return 0


if __name__ == "__main__":
    sys.exit(main())
