"""ORC as Parquet, stripe by stripe; types stay what they are.

In a process of its own, since on some damage Arrow does not raise but ends the process that reads.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from weft.connectors.files.reading import Reading

_FULL, _UNKNOWN = 3, 4
"""How the process ends when the target cannot be written, and when it meets a type that Arrow does not read."""


def write(paths: tuple[Path, Path], reading: Reading, shown: str) -> None:
    """Write an ORC file as Parquet.

    Raises:
        Invalid: it is none, it is damaged, or holds a type that is not read.
        Unavailable: the target cannot be written.
    """
    del reading
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "weft.connectors.files.orc", *map(str, paths)],
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[3]), "TZ": "UTC", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode == _FULL:
        raise Unavailable("the temporary folder cannot be written", hint="Make space and run again.")
    if done.returncode == _UNKNOWN:
        raise Invalid(f"{shown} holds a type of column that is not read", hint="Leave that column out of the export.")
    if done.returncode:
        raise Invalid(
            f"{shown} is not a complete ORC file",
            hint="It may be cut off: fetch it again from where it came, or set 'format' to what it is.",
        )


def _convert(source: str, target: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import orc

    try:
        file = orc.ORCFile(source)
        with pq.ParquetWriter(target, file.schema) as out:
            for stripe in range(file.nstripes):
                out.write_batch(pa.RecordBatch.from_struct_array(file.read_stripe(stripe).to_struct_array()))
    except pa.ArrowNotImplementedError:
        sys.exit(_UNKNOWN)
    except OSError as error:
        # Arrow's errors about content have no number; those of the disk do.
        sys.exit(_FULL if error.errno else 1)


if __name__ == "__main__":
    _convert(*sys.argv[1:])
