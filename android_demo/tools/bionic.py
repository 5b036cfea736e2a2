"""Stand-ins for Android's C library, so that an Android library runs, unchanged, on this machine.

An Android library asks for libc.so, libm.so, libdl.so and liblog.so, which are Android's. Here
libc.so is made of `bionic.c`, for what glibc does otherwise, and of jumps to glibc's functions of
the same names for all else that the library imports; the other three are empty.
"""

import re
import tempfile
from pathlib import Path

import zig
from symbols import imported

SOURCE = Path(__file__).with_name("bionic.c")
# Zig's name of the system, with the oldest glibc whose libc.so.6 holds dlopen.
TARGETS = {"x86_64": "x86_64-linux-gnu.2.34", "arm64-v8a": "aarch64-linux-gnu.2.34"}
# A jump to the address in the `{0}`-th place of `jump_targets`.
JUMPS = {
    "x86_64": "endbr64\n jmp *jump_targets+8*{0}(%rip)",
    "arm64-v8a": (
        "adrp x16, jump_targets\n add x16, x16, :lo12:jump_targets\n"
        " ldr x16, [x16, #8*{0}]\n br x16"
    ),
}
EMPTY = ("libm.so", "libdl.so", "liblog.so")
FLAGS = ("-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-Wl,-z,now")


def stand_ins(library: bytes, abi: str, folder: Path) -> None:
    """Write libc.so and the others into a folder: for LD_LIBRARY_PATH, together with the library.

    Args:
        library: the Android library that is to run.
        abi: `x86_64` or `arm64-v8a`.
        folder: where they are to lie.

    Raises:
        MissingExtra: there is no compiler.
        CheckError: the compiler refuses.
    """
    own = set(re.findall(r"BIONIC\([^,]+, (\w+),|bionic___sF,(__sF)@", SOURCE.read_text()))
    known = {name for pair in own for name in pair}
    jumps = [name for name in imported(library) if name not in known]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        versions, assembly, empty = work / "versions.map", work / "jumps.S", work / "empty.c"
        versions.write_text("LIBC { global: *; };\n")
        assembly.write_text(_assembly(jumps, JUMPS[abi]))
        empty.write_text("")
        sources = {"libc.so": (SOURCE, assembly), **dict.fromkeys(EMPTY, (empty,))}
        for output, files in sources.items():
            link = (f"-Wl,--version-script={versions}", f"-Wl,-soname,{output}")
            zig.compile_c(TARGETS[abi], *FLAGS, *link, *files, "-o", folder / output)


def _assembly(names: list[str], jump: str) -> str:
    code = "".join(
        f".globl to_{name}\n.type to_{name},%function\nto_{name}: {jump.format(i)}\n"
        f".symver to_{name}, {name}@LIBC\n"
        for i, name in enumerate(names)
    )
    texts = "".join(f'name_{i}: .asciz "{name}"\n' for i, name in enumerate(names))
    table = "".join(f" .quad name_{i}\n" for i in range(len(names)))
    hidden = "".join(f".globl {name}\n.hidden {name}\n" for name in ("jump_names", "jump_targets"))
    return (
        f".text\n{code}.section .rodata\n{texts}{hidden}"
        f".data\n.balign 8\njump_names:\n{table} .quad 0\n"
        f".bss\n.balign 8\njump_targets: .skip {8 * len(names)}\n"
        '.section .note.GNU-stack,"",%progbits\n'
    )
