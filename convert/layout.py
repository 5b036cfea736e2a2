"""C sources in the form in which a build system takes them: a CMake target, an Arduino library."""

from keras_tvscm.errors import InputError
from keras_tvscm.machine import versions

from .c_source import CSource

LAYOUTS = ("cmake", "arduino")


def check_layout(layout: str) -> None:
    """Refuse a layout that is not one of `LAYOUTS`.

    Raises:
        InputError: another one.
    """
    if layout not in LAYOUTS:
        raise InputError(f"Unknown layout {layout!r}; expected one of {', '.join(LAYOUTS)}")


def laid_out(source: CSource, layout: str) -> dict[str, str]:
    """The files of a folder, text by path.

    Args:
        source: the C.
        layout: `"cmake"`: a library target of the files' name, for `add_subdirectory`; or
            `"arduino"`: a library for the Arduino IDE and PlatformIO.

    Raises:
        InputError: another layout.
    """
    check_layout(layout)
    texts = source.texts
    if layout == "cmake":
        return texts | {"CMakeLists.txt": _cmake(source)}
    properties = _arduino(source.name)
    return {f"src/{name}": text for name, text in texts.items()} | {
        "library.properties": properties
    }


def _cmake(source: CSource) -> str:
    name, compiled = source.name, " ".join(text for text in source.texts if text.endswith(".c"))
    return f"""# Written by keras-tvscm; in the project's CMakeLists.txt:
#     add_subdirectory(FOLDER)
#     target_link_libraries(app PRIVATE {name})
cmake_minimum_required(VERSION 3.13)
project({name} LANGUAGES C)

add_library({name} STATIC {compiled})
target_include_directories({name} PUBLIC ${{CMAKE_CURRENT_SOURCE_DIR}})
# The kernels are written for it, whatever the rest is built with.
target_compile_options({name} PRIVATE -O3)
set_target_properties({name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
"""


def _arduino(name: str) -> str:
    return f"""name={name}
version={versions()["keras-tvscm"]}
author=keras-tvscm
maintainer=keras-tvscm
sentence=A network as C, written by keras-tvscm.
paragraph=Include {name}.h and call {name}_predict.
category=Data Processing
url=
architectures=*
includes={name}.h
"""
