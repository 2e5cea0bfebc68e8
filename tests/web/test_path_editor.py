"""What the path editor of 'Product Path' says, in both languages, over a stand-in for a page; needs Node.js."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

NODE_JS = shutil.which("node")
STAND_IN = Path(__file__).with_name("stand_in.mjs")
CHINESE = re.compile(r"[\u4e00-\u9fff]")

pytestmark = pytest.mark.skipif(NODE_JS is None, reason="no Node.js found")


@pytest.fixture
def page(root: Path, tmp_path: Path) -> Path:
    """The editor's files where a server puts them, and the host's scripts beside them."""
    shutil.copytree(root / "web" / "js", tmp_path / "extensions" / "pack" / "js")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "app.js").write_text("export const app = {};\n", encoding="utf-8")
    (tmp_path / "scripts" / "api.js").write_text("export const api = { apiURL: (route) => route };\n", encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    shutil.copy(STAND_IN, tmp_path)
    return tmp_path


def run(page: Path, *words: str) -> str:
    """What Node.js prints in a folder."""
    done = subprocess.run([str(NODE_JS), *words], cwd=page, capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def words_of(page: Path) -> dict[str, dict[str, str]]:
    """All words by language."""
    source = "import { WORDS } from './extensions/pack/js/path_words.js'; console.log(JSON.stringify(WORDS));"
    return json.loads(run(page, "--input-type=module", "--eval", source))


def test_a_picture_that_is_connected_is_not_asked_for(page: Path) -> None:
    alone, connected, shown = json.loads(run(page, STAND_IN.name, "en"))
    assert alone.startswith("Connect a picture")
    assert connected == "The picture appears after the first run"
    assert shown == ""


def test_the_stage_speaks_the_editor_s_language(page: Path) -> None:
    alone, connected, shown = json.loads(run(page, STAND_IN.name, "zh"))
    assert CHINESE.search(alone) and CHINESE.search(connected) and alone != connected
    assert shown == ""


def test_both_languages_have_the_same_words_with_the_same_gaps(page: Path) -> None:
    words = words_of(page)
    english, chinese = (
        {word: sorted(re.findall(r"\{\w+\}", text)) for word, text in words[language].items()}
        for language in ("en", "zh")
    )
    assert english == chinese


def test_every_word_that_is_asked_for_is_there(root: Path, page: Path) -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (root / "web" / "js").glob("*.js"))
    plain = set(re.findall(r'\bwords\("([\w.-]+)"', source))
    either = {word for pair in re.findall(r'\? "(\w+)" : "(\w+)"\)', source) for word in pair}
    assert plain and "pictureLater" in either
    assert plain | either <= words_of(page)["en"].keys()
