"""Keep the translations of the addon in line with its texts.

``update FOLDER`` merges the .pot of the folder into each .po, keeping what is
translated; Spanish is begun where it is missing.
``same OLD NEW`` fails when two .pot files differ in more than their dates.
``complete FOLDER`` fails when a .po lacks a translation or ``update`` would change it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polib

SHOWN_CHANGES = 20


def main(arguments: list[str]) -> int:
    commands = {"update": update, "same": same, "complete": complete}
    if not arguments or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    return commands[arguments[0]](*map(Path, arguments[1:]))


def update(folder: Path) -> int:
    template = _template(folder)
    for path in _languages(folder):
        translations = _merged(path, template)
        path.write_text(str(translations), encoding="utf-8")
        missing = len(translations.untranslated_entries())
        print(f"{path}: {len(translations)} texts, {missing} to translate")
    return 0


def same(old: Path, new: Path) -> int:
    before, after = (_texts(path) for path in (old, new))
    changes = [f"+ {text!r}" for text, _places in sorted(after - before)]
    changes += [f"- {text!r}" for text, _places in sorted(before - after)]
    if changes:
        print(*changes[:SHOWN_CHANGES], sep="\n")
        print(
            f"{old} is not what the code says ({len(changes)} differences): "
            "run ./dev pot, then translate es.po"
        )
        return 1
    return 0


def complete(folder: Path) -> int:
    template = _template(folder)
    failures = []
    for path in _languages(folder):
        if not path.exists():
            failures.append(f"{path} is missing: run ./dev pot, then translate it")
            continue
        translations = _merged(path, template)
        failures += [
            f"{path}: not translated: {entry.msgid!r}"
            for entry in translations
            if not entry.translated()
        ]
        if str(translations) != path.read_text(encoding="utf-8"):
            failures.append(f"{path} is not as ./dev pot writes it: run it")
    print(*failures, sep="\n", end="\n" if failures else "")
    return 1 if failures else 0


def _languages(folder: Path) -> list[Path]:
    return sorted({*folder.glob("*.po"), folder / "es.po"})


def _merged(path: Path, template: polib.POFile) -> polib.POFile:
    """:return: the texts of the template, sorted, with the translations of the file"""
    translations = polib.pofile(str(path if path.exists() else template.fpath))
    translations.metadata["Language"] = path.stem
    translations.merge(template)
    for entry in [entry for entry in translations if entry.obsolete]:
        translations.remove(entry)
    _take_comments(translations, template)
    translations.sort(key=lambda entry: entry.msgid)
    return translations


def _take_comments(translations: polib.POFile, template: polib.POFile) -> None:
    """Give the entries what the export says about their place ("odoo-python")."""
    sources = {_key(entry): entry for entry in template}
    for entry in translations:
        source = sources[_key(entry)]
        entry.comment = source.comment
        kept = [flag for flag in entry.flags if flag == "fuzzy"]
        entry.flags = kept + [flag for flag in source.flags if flag != "fuzzy"]


def _template(folder: Path) -> polib.POFile:
    paths = sorted(folder.glob("*.pot"))
    if len(paths) != 1:
        sys.exit(f"{folder} needs exactly one .pot: run ./dev pot")
    return polib.pofile(str(paths[0]))


def _key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgid, entry.msgctxt or ""


def _texts(path: Path) -> set[tuple[str, tuple[str, ...]]]:
    """:return: each text with the places where it stands"""
    if not path.exists():
        return set()
    return {
        (entry.msgid, tuple(sorted(place for place, _line in entry.occurrences)))
        for entry in polib.pofile(str(path))
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
