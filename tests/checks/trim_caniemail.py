"""
Trim the data of caniemail.com to what the checks read: `pipeline/checks/html/caniemail/features.json`.

    npm pack caniemail && tar xzf caniemail-*.tgz
    python -m tests.checks.trim_caniemail package

The newest result for each client is one character: y(es), a (almost: partly), n(o), u(nknown). Features that all
of these clients support are omitted: they cause no findings.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[2] / "pipeline" / "checks" / "html" / "caniemail" / "features.json"

#: Family and platform in their data, and the name used in findings.
CLIENTS = {
    "gmail.desktop-webmail": "Gmail",
    "gmail.ios": "Gmail on iPhone",
    "gmail.android": "Gmail on Android",
    "outlook.windows": "Outlook for Windows",
    "outlook.outlook-com": "Outlook.com",
    "outlook.macos": "Outlook for Mac",
    "outlook.ios": "Outlook on iPhone",
    "apple-mail.macos": "Apple Mail",
    "apple-mail.ios": "Apple Mail on iPhone",
    "yahoo.desktop-webmail": "Yahoo",
    "yahoo.ios": "Yahoo on iPhone",
    "samsung-email.android": "Samsung Email",
}


def trim(data: dict[str, Any], version: str) -> dict[str, Any]:  # Any: JSON
    """Return what is data_trimmed of *data*."""
    features = {}
    for feature in sorted(data["data"], key=lambda feature: str(feature["slug"])):
        letters = "".join(_get_support(feature["stats"], client) for client in CLIENTS)
        if feature["category"] in ("css", "html", "image") and set(letters) & {"a", "n"}:
            features[feature["slug"]] = {
                "title": feature["title"],
                "tested": feature["last_test_date"],
                "support": letters,
            }
    return {
        "source": f"https://www.caniemail.com, through npm caniemail {version}, trimmed",
        "license": "MIT, (c) 2019 Rémi Parmentier; see LICENSE beside this file",
        "date": data["last_update_date"][:10],
        "clients": list(CLIENTS.values()),
        "features": features,
    }


def _get_support(stats: dict[str, Any], client: str) -> str:
    family, _, platform = client.partition(".")
    versions = stats.get(family, {}).get(platform, {})
    return str(list(versions.values())[-1])[0] if versions else "u"


def main(folder: Path) -> None:
    """Write the file from the unpacked package in *folder*."""
    data = json.loads((folder / "data" / "caniemail.json").read_text(encoding="utf-8"))
    version = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    data_trimmed = trim(data, version)
    lines = [
        f"    {json.dumps(slug)}: {json.dumps(feature, ensure_ascii=False)}"
        for slug, feature in data_trimmed.pop("features").items()
    ]
    head = json.dumps(data_trimmed, ensure_ascii=False, indent=2).removesuffix("\n}")
    body = ",\n".join(lines)
    TARGET.write_text(f'{head},\n  "features": {{\n{body}\n  }}\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
