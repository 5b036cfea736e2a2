"""Requests to a program that runs and times models, here (`timer`) or on a phone (`android`)."""

import json
from collections.abc import Callable
from multiprocessing.connection import Connection

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.convert.runtimes.unavailable import refusal

# Of one answer: the longest is that of a model of seconds.
SECONDS = 120


class Conversation:
    """The asking end of a connection.

    Args:
        connection: to the program.
        name: of its runtime, for what it refuses; one of `convert.runtimes.NAMES`.
        stop: called where it does not answer in time, to end it.
        ended: gives what to raise where the other end is closed.
    """

    def __init__(
        self,
        connection: Connection,
        name: str,
        stop: Callable[[], object],
        ended: Callable[[], Exception],
    ) -> None:
        self._connection, self._name = connection, name
        self._stop, self._ended = stop, ended

    def ask(self, request: str, *contents: bytes) -> str:
        """The answer to a request.

        Args:
            request: a line of words.
            contents: messages that follow it.

        Raises:
            Unavailable: the runtime refuses, its program has ended, or it does not answer.
        """
        try:
            for message in (request.encode(), *contents):
                self._connection.send_bytes(message)
        except OSError as error:
            raise self._ended() from error
        answer = self.receive().decode("utf-8", "replace")
        if not answer.startswith("error "):
            return answer
        try:
            reason, log = json.loads(answer.removeprefix("error "))
        except (TypeError, ValueError):
            raise self._malformed(answer, request) from None
        raise refusal(self._name, reason, log)

    def number(self, request: str, *contents: bytes) -> float:
        """The answer to a request for a number; raises as `ask`."""
        answer = self.ask(request, *contents)
        try:
            return float(answer)
        except ValueError:
            raise self._malformed(answer, request) from None

    def receive(self) -> bytes:
        """The next message; raises as `ask`."""
        try:
            if not self._connection.poll(SECONDS):
                self._stop()
                raise Unavailable(f"no answer within {SECONDS} s in a process of its own")
            return self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._ended() from error

    def close(self) -> None:
        self._connection.close()

    def _malformed(self, answer: str, request: str) -> Unavailable:
        return Unavailable(f"the runtime answers {answer[:40]!r} to {request[:30]!r}")


class Timed:
    """A model that the program has loaded. See `Loaded`."""

    def __init__(self, conversation: Conversation, key: int) -> None:
        self._conversation, self._key = conversation, key

    def time(self, times: int) -> float:
        """See `Loaded.time`: no message is in the figure."""
        return self._conversation.number(f"time {self._key} {times}")

    def call(self, times: int) -> float | None:
        """See `Loaded.call`."""
        return self._conversation.number(f"call {self._key} {times}")

    def cold(self) -> float:
        """See `Loaded.cold`."""
        return self._conversation.number(f"cold {self._key}")
