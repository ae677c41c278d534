"""Finds the sub-packages of ``butlery``, whose root is the folder ``src``.

Setuptools' own discovery would call ``src/cache`` ``cache``, not
``butlery.cache``; everything else is in ``pyproject.toml``.
"""

from setuptools import find_packages, setup

setup(packages=["butlery", *(f"butlery.{name}" for name in find_packages("src"))])
