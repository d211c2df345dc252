"""The plan of a file on a Spark cluster; it knows ``reunite.core`` and nothing else of Reunite.

``plan.plan`` does it; ``python -m reunite.bulk.spark`` and ``spark-submit`` are its commands.
"""

try:
    import pyarrow as _pyarrow  # noqa: F401  # Only to tell of it here.
    import pyspark as _pyspark  # noqa: F401  # Only to tell of it here.
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"Planning on Spark needs {error.name}: pip install --editable '.[spark]' in a clone."
    ) from error
