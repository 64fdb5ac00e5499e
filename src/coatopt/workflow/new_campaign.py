"""A new campaign folder from a shipped one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from coatopt.campaign.spelling import nearest
from coatopt.campaign.yaml_file import FILE_NAME, load_campaign
from coatopt.errors import InputError
from coatopt.workflow.shipped import find_shipped


def shipped_folder() -> Path:
    """Find the campaigns that come with coatopt.

    Returns:
        The folder, in the installed package or in the repository.

    Raises:
        InputError: If this installation has none.
    """
    return find_shipped("campaigns")


def shipped_campaigns() -> tuple[str, ...]:
    """List the campaigns that come with coatopt.

    Returns:
        Their names, sorted.
    """
    return tuple(sorted(folder.name for folder in shipped_folder().iterdir() if (folder / FILE_NAME).is_file()))


def new_campaign(folder: Path, like: str, with_data: bool) -> str:
    """Make a campaign folder with the definition of a shipped campaign.

    Args:
        folder: The new folder; it must not hold a campaign yet.
        like: Name of the shipped campaign.
        with_data: Whether its published measurements come along as the new campaign's own.

    Returns:
        The name of the new campaign.

    Raises:
        InputError: If there is no such campaign, or the folder is taken.
    """
    names = shipped_campaigns()
    if like not in names:
        raise InputError(f"there is no shipped campaign '{like}'{nearest(like, names)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists already and is not empty; choose another folder")
    source = shipped_folder() / like
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.resolve().name).strip("-._") or like
    text = (source / FILE_NAME).read_text(encoding="utf-8")
    text = re.sub(r"^name:.*$", f'name: "{name[:64]}"', text, count=1, flags=re.MULTILINE)
    if not with_data:
        # The licence is that of the published measurements, not of those to come.
        text = re.sub(r"^data_licence:.*\n", "", text, flags=re.MULTILINE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).write_text(text, encoding="utf-8")
        if with_data:
            for part in ("data", "statistics"):
                if (source / part).is_dir():
                    shutil.copytree(source / part, folder / part)
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror}); choose another folder") from error
    return load_campaign(folder).name
