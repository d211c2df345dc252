"""A standalone master and its workers, on the loopback interface."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import reunite.bulk.spark

# As docs/how-to/import-on-a-cluster.md says.
WITH_JAVA = (sys.executable, "-m", "reunite.bulk.spark.java")
_QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class Cluster:
    def __init__(self, folder, stack, memory):
        self.master = f"spark://127.0.0.1:{free_port()}"
        self._folder = folder
        self._stack = stack
        self._memory = memory
        self.workers = []
        port = self.master.rpartition(":")[2]
        self._start("master", "master.Master", "--port", port, ready="New state: ALIVE")

    def add_worker(self):
        name = f"worker-{len(self.workers)}"
        work = ["-c", "1", "-m", self._memory, "-d", str(self._folder / name), self.master]
        worker = self._start(name, "worker.Worker", *work, ready="Successfully registered")
        self.workers.append(worker)

    def kill_worker(self, number):
        """With its executor: they are one process group."""
        os.killpg(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()

    def submit(self, *arguments):
        """The driver, started; its words go to the file ``driver.log``."""
        main = Path(reunite.bulk.spark.__file__).with_name("__main__.py")
        settings = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "512m",
            "spark.executor.memory": "512m",
            "spark.ui.enabled": "false",
        }
        options = [f"--conf={key}={value}" for key, value in settings.items()]
        command = [*WITH_JAVA, "spark-submit", "--master", self.master, *options, main, *arguments]
        return self._run("driver", command)

    def _start(self, name, part, *arguments, ready):
        command = [*WITH_JAVA, "spark-class", f"org.apache.spark.deploy.{part}"]
        local = ["--host", "127.0.0.1", "--webui-port", "0"]
        process = self._run(name, [*command, *local, *arguments])
        wait_for(self._folder / f"{name}.log", ready, process)
        return process

    def _run(self, name, command):
        environment = {
            **os.environ,
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_JAVA_OPTS": _QUICK,
            "SPARK_DAEMON_MEMORY": "256m",
        }
        for inherited in ("PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET"):
            environment.pop(inherited, None)
        log = self._stack.enter_context((self._folder / f"{name}.log").open("w"))
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        self._stack.callback(_stop, process)
        return process


@contextmanager
def running_cluster(folder, *, workers, memory="1g"):
    with ExitStack() as stack:
        cluster = Cluster(folder, stack, memory)
        for _ in range(workers):
            cluster.add_worker()
        yield cluster


def wait_for(log, words, process, *, seconds=120):
    deadline = time.monotonic() + seconds
    while words not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def _stop(process):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
