"""The log of a comparison: each step when it is taken, for a later call to go on from there."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_tvscm.errors import InputError
from keras_tvscm.files import write_text

NAME = "log.jsonl"


class Session:
    """Takes steps, and remembers them where there is a file.

    Args:
        path: of the log; None for none.
        resume: go on from the steps that the file holds; else it is begun anew.

    Examples:

        >>> from keras_tvscm.eval.session import Session
        >>> session = Session()
        >>> session.begin({"seed": 0})
        >>> session.step("largest", max, 1, 2)
        2
    """

    def __init__(self, path: Path | None = None, resume: bool = False) -> None:
        self._path, self._resume = path, resume
        self._steps: dict[str, Any] = {}

    def begin(self, header: dict[str, Any]) -> None:
        """Start, or go on with, the session that these facts decide.

        Args:
            header: JSON-ready; what differs is another session.

        Raises:
            InputError: the file holds another session, or cannot be read or written.
        """
        header = json.loads(json.dumps(header))
        lines = self._read() if self._resume else []
        if not lines:
            if self._path:
                write_text(self._path, json.dumps({"session": header}) + "\n")
            return
        held = lines[0].get("session", {})
        differing = [key for key in header | held if header.get(key) != held.get(key)]
        if differing:
            raise InputError(
                f"{self._path} is of a session with another {differing[0]}; give the command that "
                "began it, or leave --resume out to begin anew"
            )
        self._steps = {line["step"]: line["value"] for line in lines[1:]}

    def step(self, key: str, take: Callable[..., Any], *arguments: Any) -> Any:
        """What `take` gives of the arguments, JSON-ready: now, or in the session's earlier part."""
        if key not in self._steps:
            self._steps[key] = take(*arguments)
            self._append({"step": key, "value": self._steps[key]})
        return self._steps[key]

    def _read(self) -> list[dict[str, Any]]:
        """The whole lines; one that a kill cut short is cut off."""
        if self._path is None or not self._path.exists():
            raise InputError(f"no session to go on with at {self._path}; leave --resume out")
        try:
            content = self._path.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            lines = [json.loads(line) for line in whole.splitlines()]
            if whole != content:
                os.truncate(self._path, len(whole))
        except OSError as error:
            raise InputError(f"cannot read {self._path}: {error.strerror}") from error
        except ValueError as error:
            raise InputError(
                f"{self._path} is damaged; leave --resume out to begin anew"
            ) from error
        if not all(isinstance(line, dict) for line in lines):
            raise InputError(f"{self._path} is no log of a session; leave --resume out")
        return lines

    def _append(self, line: dict[str, Any]) -> None:
        if self._path is None:
            return
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, allow_nan=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise InputError(f"cannot write {self._path}: {error.strerror}") from error
