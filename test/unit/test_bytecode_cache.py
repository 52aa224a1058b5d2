import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "services" / "ops" / "launch" / "bytecode.py"
RUN = """
import json, os, sys
from pathlib import Path
from services.ops.launch.bytecode import keep_bytecode
keep_bytecode(Path(sys.argv[1]), os.environ)
names = ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")
print(json.dumps([sys.pycache_prefix, sys.dont_write_bytecode, *map(os.environ.get, names)]))
"""


@pytest.fixture
def program(tmp_path):
    """A program folder with the sampled modules, nothing compiled yet."""
    for name in ("services/ops/launch/bytecode.py", "utils/settings/loading.py", "flask.py"):
        path = tmp_path / "program" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    shutil.copy(SOURCE, tmp_path / "program" / "services/ops/launch/bytecode.py")
    return tmp_path / "program"


def plain_environ():
    """The environment without what is said to Python in it."""
    return {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}


def answers(program, data_dir, **changes):
    """[prefix, whether writing is off, prefix of children, the off switch of children]."""
    answer = subprocess.run(
        [sys.executable, "-c", RUN, str(data_dir)],
        cwd=program,
        env=plain_environ() | changes,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


def test_an_installation_that_may_not_write_beside_the_sources_keeps_bytecode_with_its_data(
    program, tmp_path
):
    folder = str(tmp_path / "data" / "tmp" / "bytecode")
    assert answers(program, tmp_path / "data", PYTHONDONTWRITEBYTECODE="1") == [folder, False, folder, None]
    assert Path(folder).stat().st_mode & 0o777 == 0o700


def test_python_keeps_its_ways_where_it_may_write_beside_the_sources(program, tmp_path):
    assert answers(program, tmp_path / "data") == [None, False, None, None]
    assert not (tmp_path / "data").exists()


def test_modules_compiled_beforehand_are_used(program, tmp_path):
    compiling = [sys.executable, "-m", "compileall", "-q", "."]
    subprocess.run(compiling, cwd=program, env=plain_environ(), check=True)
    found = answers(program, tmp_path / "data", PYTHONDONTWRITEBYTECODE="1")
    assert found == [None, True, None, "1"]


def test_a_place_chosen_by_the_operator_stays(program, tmp_path):
    place = str(tmp_path / "mine")
    found = answers(program, tmp_path / "data", PYTHONDONTWRITEBYTECODE="1", PYTHONPYCACHEPREFIX=place)
    assert found == [place, True, place, "1"]


def test_a_data_folder_that_cannot_be_written_changes_nothing(program, tmp_path):
    (tmp_path / "data").write_text("a file")
    found = answers(program, tmp_path / "data", PYTHONDONTWRITEBYTECODE="1")
    assert found == [None, True, None, "1"]
