"""Neware's .nda and .ndax files, through NewareNDA."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray, IntArray
from coatopt.metric.reader.assembly import Columns, Texts, build_series
from coatopt.metric.reader.contract import FileContent, Reading
from coatopt.metric.reader.library_call import Outcome, quiet_call
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.time_series_charge import net_charge

if TYPE_CHECKING:
    import pandas as pd

LARGEST_UNPACKED = 2_000_000_000
_MAGIC, _ZIP_MAGIC, _DATA_FILE = b"NEWARE", b"PK\x03\x04", "data.ndc"
_VERSION_BYTE, _OLD_VERSION, _OLD_RECORD = 14, 29, 86
_OLD_START = b"\x00\x00\x00\x00\x55\x00"
_PAUSE = 2.0
_STEP_TYPES = {
    "Rest": "REST",
    "OCV": "REST",
    "Pause": "REST",
    "CC_Chg": "CC_CHG",
    "CC_DChg": "CC_DCH",
    "CV_Chg": "CV_CHG",
    "CV_DChg": "CV_DCH",
    "CCCV_Chg": "CCCV_CHG",
    "CCCV_DChg": "CCCV_DCH",
}
_NEEDED = (
    "Index",
    "Cycle",
    "Step",
    "Status",
    "Time",
    "Voltage",
    "Current(mA)",
    "Charge_Capacity(mAh)",
    "Discharge_Capacity(mAh)",
    "Timestamp",
)


@dataclass(frozen=True)
class Neware:
    """Reads .nda and .ndax files."""

    name: str = "neware"

    def recognises(self, content: FileContent) -> bool:
        """Tell by the first bytes, or by what the archive holds.

        Args:
            content: The file.

        Returns:
            Whether it is an .nda or .ndax file.
        """
        if content.data.startswith(_MAGIC):
            return True
        if not content.data.startswith(_ZIP_MAGIC):
            return False
        # A damaged archive has lost its table of contents; the names stand before every part as well.
        return _DATA_FILE.encode() in content.data or content.path.suffix.lower() == ".ndax"

    def read(self, content: FileContent) -> Reading:
        """Read an .nda or .ndax file.

        The test time is the time within the steps, step after step; where the clock shows that the channel stood
        still between two steps, that pause is added, with a note. Charge is integrated from the current and compared
        with the capacities in the file. The cycle is the file's own.

        Args:
            content: The file.

        Returns:
            One time series.

        Raises:
            InputError: If NewareNDA is not installed or cannot read the file, or what it reads makes no sense.
        """
        try:
            import NewareNDA
        except ImportError as error:
            raise InputError(
                f"{content.name} is a Neware file; pip install 'coatopt[files]' reads it, or export it from BTSDA as "
                "CSV, which is read without it."
            ) from error
        refusal = (
            f"{content.name} is a Neware file that cannot be read: it is damaged, or of a version that NewareNDA "
            "does not know; export it from BTSDA as CSV"
        )
        old = content.data.startswith(_MAGIC)
        notes = _check_old(content, refusal) if old else _check_archive(content, refusal)

        def read() -> Any:
            # The library goes by the suffix of the name, and the file may be called anything.
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / ("copy.nda" if old else "copy.ndax")
                copy.write_bytes(content.data)
                return NewareNDA.read(str(copy), software_cycle_number=False)

        return (_series(content, quiet_call(read, "newarenda", refusal), notes, refusal),)


def _series(content: FileContent, outcome: Outcome, notes: tuple[str, ...], refusal: str) -> Any:
    frame = outcome.value
    if missing := [name for name in _NEEDED if name not in frame.columns]:
        raise InputError(f"{refusal} (without {', '.join(missing)})")
    if not len(frame):
        raise InputError(f"{content.name} holds no data; export it again once the measurement has begun")
    if frame[["Index", "Cycle", "Step"]].isna().to_numpy().any():
        raise InputError(f"{refusal} (rows without a number)")
    if any("interpolated" in text for _, text in outcome.log):
        notes += ("NewareNDA interpolated times between the ones that the file holds",)
    step = frame["Step"].to_numpy(np.int64)
    clock, started = _clock(frame)
    time, time_notes = time_of_test(frame["Time"].to_numpy(np.float64), step, clock)
    charging, discharging = (frame[f"{way}_Capacity(mAh)"].to_numpy(np.float64) for way in ("Charge", "Discharge"))
    columns = Columns(
        time=time,
        voltage=frame["Voltage"].to_numpy(np.float64),
        current=frame["Current(mA)"].to_numpy(np.float64) / 1000,
        charge=net_charge(charging, discharging),
        step=step,
        step_type=_step_types(frame),
        cycle=frame["Cycle"].to_numpy(np.int64),
        started=started,
        notes=(
            *notes,
            *_gaps(frame["Index"].to_numpy(np.int64)),
            *time_notes,
            *_start_note(frame, started),
            *_still(frame),
        ),
    )
    return build_series(columns, content, READER.name, f"NewareNDA {installed_version('NewareNDA')}")


def time_of_test(within: FloatArray, step: IntArray, clock: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Add up the time within the steps to the time of the test.

    Args:
        within: Time since the start of the step in s, shape (n,).
        step: Number of the step, shape (n,).
        clock: The instrument's clock in s, with the resolution that it has, shape (n,); NaN where unknown.

    Returns:
        Test time in s, shape (n,), and what there is to say about it.
    """
    first = np.flatnonzero(np.concatenate([[True], step[1:] != step[:-1]]))
    # What the clock went on by between two steps, beyond the time at which the new step's first row was taken.
    between = np.concatenate([[0.0], clock[first[1:]] - clock[first[1:] - 1] - within[first[1:]]])
    between = np.nan_to_num(between)
    pause = np.where(between > _PAUSE, between, 0.0)
    length = np.concatenate([within[first[1:] - 1], [0.0]])
    start = np.concatenate([[0.0], np.cumsum(length[:-1])]) + np.cumsum(pause)
    time = within + np.repeat(start, np.diff([*first, len(step)]))
    notes = []
    if (pause > 0).any():
        notes.append(f"the channel paused {int((pause > 0).sum())} times between steps, {pause.sum():.4g} s in all")
    if (between < -_PAUSE).any():
        notes.append("the instrument's clock was set back during the test; the time within the steps was used")
    drift = time - time[0] - (clock - clock[0])
    drift = drift[np.isfinite(drift)]
    if len(drift) and float(np.ptp(drift)) > max(_PAUSE * 2, 1e-3 * float(np.ptp(time))) and len(notes) < 2:
        notes.append(f"the test time and the instrument's clock differ by up to {np.abs(drift).max():.4g} s")
    return time, tuple(notes)


def _clock(frame: pd.DataFrame) -> tuple[FloatArray, float | None]:
    stamps = frame["Timestamp"]
    if not str(stamps.dtype).startswith("datetime64"):
        return np.full(len(frame), np.nan), None
    seconds = stamps.to_numpy("datetime64[ns]").astype(np.int64) / 1e9
    clock = np.where(stamps.isna().to_numpy(), np.nan, seconds)
    return clock, float(clock[0]) if np.isfinite(clock[0]) and clock[0] > 0 else None


def _start_note(frame: pd.DataFrame, started: float | None) -> tuple[str, ...]:
    if started is None:
        return ("the file does not say when it was started",)
    zoned = getattr(frame["Timestamp"].dt, "tz", None) is not None
    return () if zoned else ("the start is the instrument's own clock, taken as UTC",)


def _step_types(frame: pd.DataFrame) -> Texts:
    return np.array([_STEP_TYPES.get(str(status), "") for status in frame["Status"]], "<U8")


def _still(frame: pd.DataFrame) -> tuple[str, ...]:
    # NewareNDA gives no current at all in a measuring range that it does not know the scale of.
    moving = frame["Status"].astype(str).str.contains("Chg").to_numpy()
    if not moving.any() or frame["Current(mA)"].to_numpy()[moving].any():
        return ()
    return ("no current flows in any step that charges or discharges",)


def _gaps(index: IntArray) -> tuple[str, ...]:
    missing = int((np.diff(index) - 1).clip(min=0).sum())
    if not missing and index[0] <= 1:
        return ()
    missing += max(int(index[0]) - 1, 0)
    return (f"{missing} rows are missing in the file by its own count",)


def _check_old(content: FileContent, refusal: str) -> tuple[str, ...]:
    data = content.data
    if len(data) <= _VERSION_BYTE or data[_VERSION_BYTE] != _OLD_VERSION:
        return ()
    # NewareNDA searches for the first record that another one follows, and never ends where there is none.
    at = data.find(_OLD_START)
    while at != -1:
        following = at + len(_OLD_START) - 2 + _OLD_RECORD
        if following >= len(data) or (data[following] == 0x55 and data[at + 16] != 0):
            rest = (len(data) - at - 4) % _OLD_RECORD
            return ("the file ends within a row, so its last rows may be missing",) if rest else ()
        at = data.find(_OLD_START, at + 4)
    raise InputError(f"{refusal} (no rows were found)")


def _check_archive(content: FileContent, refusal: str) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    # Damaged archives raise any of a dozen types: BadZipFile, struct.error, ValueError, NotImplementedError, ...
    except Exception as error:
        raise InputError(f"{refusal} ({type(error).__name__}: {shown(error, 80)})") from error
    if unpacked > LARGEST_UNPACKED:
        raise InputError(f"{content.name} unpacks to {unpacked / 1e9:.3g} GB, more than the 2 GB that are read at most")
    return ()


READER = Neware()
