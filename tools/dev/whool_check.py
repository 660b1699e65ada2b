"""Fail when whool, which builds the wheel of an addon, cannot describe the addon."""

import sys
from pathlib import Path

from manifestoo_core.addon import is_addon_dir
from manifestoo_core.metadata import metadata_from_addon_dir
from whool.init import init_addon_dir


def main(folder: Path) -> int:
    if not is_addon_dir(folder):
        print(f"{folder} is not an addon: it has no manifest")
        return 1
    if init_addon_dir(folder):
        print(f"{folder}/pyproject.toml had no build stanza: it was added, commit it")
        return 1
    metadata = metadata_from_addon_dir(
        folder, {"post_version_strategy_override": "none"}
    )
    print(metadata["Name"], metadata["Version"])
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
