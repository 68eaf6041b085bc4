"""A small lesson for the tests of the course: two exercises that need no cloud."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.course.exercises import ExerciseBook

SAMPLE = '''\
# ---
# labkit:
#   lesson: "01"
#   slug: greeting
#   title: "A greeting"
#   minutes: 5
#   day: 1
#   block: Samples
#   goals:
#     - write a file
#   creates:
#     - nothing
#   cost: "Nothing."
# ---

# %% tags=["parameters"]
target = None
region = None
quick = False

# %%
import json

lab = make_lab()

# %% [markdown]
# ## A file
#
# Write `greeting.py`: its `hello` returns 안녕, and a name.

# %% exercise="greeting-file" function_file="greeting.py"
def hello(name):
    """Greet."""
    ### BEGIN SOLUTION
    return f"안녕, {name}"
    ### END SOLUTION


# %%
lab.check("greeting-file")

# %% tags=["exercise-definition"]
import runpy

from labkit.course.exercises import Exercise, NotAttempted, NotYet


class GreetingFile(Exercise):
    id = "greeting-file"
    title = "Write the greeting"
    hints = ("an f-string", "`return f…`")

    def check(self, lab):
        path = lab.folder / "greeting.py"
        if not path.exists():
            raise NotAttempted("there is no greeting.py")
        greeting = runpy.run_path(str(path))["hello"]("Kim")
        if greeting != "안녕, Kim":
            raise NotYet("안녕, Kim", str(greeting), "return an f-string")
        return json.dumps({"said": greeting}, ensure_ascii=False)


# %% wrong="greeting-file" expect="안녕" function_file="greeting.py"
def hello(name):
    return "hello"


# %% exercise="number"
start = 40
### BEGIN SOLUTION
number = start + 2
### END SOLUTION

# %%
lab.check("number", answer=number)


# %% tags=["exercise-definition"]
class Number(Exercise):
    id = "number"
    title = "A number"

    def check(self, lab):
        if self.answer != 42:
            raise NotYet("42", repr(self.answer), "add 2")
'''


@dataclass
class FolderLab:
    """As much of a `Lab` as exercises without a cloud need: a folder, and the learner's calls."""

    folder: Path
    book: ExerciseBook = field(init=False)

    def __post_init__(self) -> None:
        self.book = ExerciseBook(self, "greeting")
        self.check = self.book.check
        self.hint = self.book.hint
        self.solution = self.book.solution
        self.solve = self.book.solve
        self.todo = self.book.todo

    def client(self, service: str) -> Any:
        raise AssertionError(f"no exercise of this lesson needs {service}")


def write_course(folder: Path, source: str = SAMPLE, name: str = "01-greeting.py") -> Path:
    """Write a course of one lesson and return its lesson's path."""
    path = folder / "lessons" / "day-1" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path
