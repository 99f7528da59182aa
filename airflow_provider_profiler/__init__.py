"""Know what is in your datasets: an Airflow provider, a profiling service and its engine.

The package root imports nothing, so that parsing a DAG costs no more than the operator it uses.
"""

__version__ = "0.1.0"
