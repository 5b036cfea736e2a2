"""Each runtime's own interpreter, driven in one way: a stored row in, a stored row out.

Nothing but NumPy and the runtime is imported, because this is also a program (see `child`)
that runs in another environment, where this project is not installed.
"""

import os
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from multiprocessing.connection import Connection
from tempfile import TemporaryFile
from typing import IO, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

# Far more than any model for a microcontroller needs, and free: the system hands out
# memory as it is touched. Feeling one's way up is not an option, for the interpreter
# checks only some of its allocations: an arena that is a little too small ends the process.
ARENA = 64 * 1024 * 1024

# A damaged model may ask for any amount.
CHILD_MEMORY = 4 * 2**30


class LiteRT:
    """LiteRT, or tflite-runtime, whose interface is the same: batch 1.

    Args:
        name: `litert-xnnpack`, as an app gets it by default; `litert-builtin`, without
            XNNPACK's kernels; `tflite-runtime`.
        model: the bytes of a `.tflite` file.
        threads: of XNNPACK, or of the built-in kernels that use several.

    Raises:
        ImportError: not installed.
        ValueError, RuntimeError: it cannot run the model.
    """

    def __init__(self, name: str, model: bytes, threads: int = 1) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            runtime = _runtime(name)
            resolver = (
                runtime.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
                if name == "litert-builtin"
                else runtime.OpResolverType.AUTO
            )
            self._interpreter = runtime.Interpreter(
                model_content=model, num_threads=threads, experimental_op_resolver_type=resolver
            )
            self._interpreter.allocate_tensors()
            # What the memory holds may be no index, for a model that looks something up.
            details = self._interpreter.get_input_details()
            self.fill([np.zeros(detail["shape"], detail["dtype"]) for detail in details])
            self._interpreter.invoke()
        self._source = details[0]["index"]
        self._target = self._interpreter.get_output_details()[0]["index"]

    def run(self, row: NDArray[Any]) -> NDArray[Any]:
        """Output of one row, both of the shape and type that the model stores."""
        self._interpreter.set_tensor(self._source, row)
        self._interpreter.invoke()
        output: NDArray[Any] = self._interpreter.get_tensor(self._target)
        return output

    def fill(self, inputs: Sequence[NDArray[Any]]) -> None:
        """Set all inputs, in the model's order, each of the shape and type that it stores."""
        for detail, values in zip(self._interpreter.get_input_details(), inputs, strict=True):
            self._interpreter.set_tensor(detail["index"], values)

    def invoke(self, times: int) -> None:
        """Run `times` inferences on the input that was set last, if it is preserved."""
        # The public method's Python frame and its check cost 0.3 µs a call, as much as
        # a small model; the call beneath is the runtime's own.
        _repeat(self._interpreter._interpreter.Invoke, times)

    def call(self, times: int) -> None:
        """Call into the runtime for no work (no model here has variables): a call's own time."""
        _repeat(self._interpreter._interpreter.ResetVariableTensors, times)


class TFLM:
    """TFLite-Micro with its reference kernels, compiled for this machine. As `LiteRT`.

    Args:
        model: as for `LiteRT`.
        arena: bytes.
        preserve: give every tensor a place of its own. By default the input's is used again, so
            that a second inference reads what the first one left there; but only then can
            `print_allocations` tell what is used.
    """

    def __init__(self, model: bytes, arena: int, preserve: bool = False) -> None:
        runtime = _runtime("tflm")
        config = runtime.InterpreterConfig
        self._interpreter = runtime.Interpreter.from_bytes(
            model,
            arena_size=arena,
            intrepreter_config=(
                config.kPreserveAllTensors if preserve else config.kAllocationRecording
            ),
        )
        self._interpreter.invoke()

    def run(self, row: NDArray[Any]) -> NDArray[Any]:
        """See `LiteRT.run`."""
        self._interpreter.set_input(row, 0)
        self._interpreter.invoke()
        output: NDArray[Any] = self._interpreter.get_output(0)
        return output

    def fill(self, inputs: Sequence[NDArray[Any]]) -> None:
        """See `LiteRT.fill`."""
        for number, values in enumerate(inputs):
            self._interpreter.set_input(values, number)

    def invoke(self, times: int) -> None:
        """See `LiteRT.invoke`."""
        _repeat(self._interpreter._interpreter.Invoke, times)

    def call(self, times: int) -> None:
        """See `LiteRT.call`."""
        _repeat(self._interpreter._interpreter.Reset, times)

    def print_allocations(self) -> None:
        """Say on standard error, the only way there is, what of the arena was used."""
        self._interpreter.print_allocations()


def _repeat(call: Callable[[], Any], times: int) -> None:
    for _ in range(times):
        call()


def _runtime(name: str) -> Any:
    """The module of the runtime of that name."""
    if name == "tflm":
        from tflite_micro import runtime
    elif name == "tflite-runtime":
        from tflite_runtime import interpreter as runtime
    else:
        from ai_edge_litert import interpreter as runtime
    return runtime


def interpreter(
    name: str, model: bytes, arena: int = ARENA, preserve: bool = False, threads: int = 1
) -> LiteRT | TFLM:
    """The interpreter of the runtime of that name, with the model loaded and run once."""
    return TFLM(model, arena, preserve) if name == "tflm" else LiteRT(name, model, threads)


def main() -> None:
    """Answer requests on the socket of the given number, each in a process of its own.

    It is forked from this one, which has imported the runtimes: a start takes milliseconds. A
    request is npz of the `name` of the runtime, `arena`, `seconds`, `model` and `rows`; the answer
    its exit code (below zero a signal's), what it wrote, and npz of `outputs`, or of the `error`
    with which the runtime refuses the model.
    """
    connection = Connection(int(sys.argv[1]))
    while True:
        try:
            request = connection.recv_bytes()
        except EOFError:
            return
        with TemporaryFile() as log, TemporaryFile() as reply, np.load(BytesIO(request)) as asked:
            with suppress(ImportError):
                _runtime(str(asked["name"]))
            process = os.fork()
            if not process:
                connection.close()
                _answer(asked, log, reply)
            _, status = os.waitpid(process, 0)
            connection.send_bytes(str(os.waitstatus_to_exitcode(status)).encode())
            for file in (log, reply):
                file.seek(0)
                connection.send_bytes(file.read())


def _answer(asked: Mapping[str, NDArray[Any]], log: IO[bytes], reply: IO[bytes]) -> NoReturn:
    """Run what is asked, and end this process."""
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
        signal.setitimer(signal.ITIMER_REAL, float(asked["seconds"]))
        # Native code prints on both.
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        np.savez(reply, **_outputs_or_error(asked))
        reply.flush()
        code = 0
    finally:
        os._exit(code)


def _outputs_or_error(asked: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    try:
        runs = interpreter(str(asked["name"]), asked["model"].tobytes(), int(asked["arena"]))
        outputs = np.stack([runs.run(row) for row in asked["rows"]])
        if isinstance(runs, TFLM):
            runs.print_allocations()
    except (ImportError, MemoryError, RuntimeError, ValueError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"outputs": outputs}


if __name__ == "__main__":
    main()
