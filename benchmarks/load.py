"""As many requests as a server answers, over eight connections: by wrk where there is one, else by Python."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import processes
from benchmarks.bench import Ask, requests
from benchmarks.report import Figure
from benchmarks.served import Client, Served

CONNECTIONS = 8
WARMING_SECONDS = 2
PYTHON_REQUESTS = 3_000
# Every answer is looked at: a server that is fast at errors is not fast.
SCRIPT = """
local paths, threads = {}, {}
bad = 0
for line in io.lines("%s") do paths[#paths + 1] = line end
function setup(thread) table.insert(threads, thread) end
function request() return wrk.format("GET", paths[math.random(#paths)]) end
function response(status) if status ~= 200 then bad = bad + 1 end end
function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  for _, thread in ipairs(threads) do failed = failed + thread:get("bad") end
  io.write(string.format('\\nJSON{"count":%%d,"p50":%%.3f,"p95":%%.3f,"failed":%%d}\\n',
    summary.requests, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, failed))
end
"""


def loaded(name: str, server: Served, paths: Sequence[str], seconds: int) -> Figure:
    """What a request costs while the server has as many as it can take. Raises RuntimeError at a wrong status."""
    wrk = shutil.which("wrk")
    if wrk is None:
        asks = [Ask(path) for path in paths]
        client = Client(server.port, CONNECTIONS)
        return requests(name, server, client, (asks * (PYTHON_REQUESTS // len(asks) + 1))[:PYTHON_REQUESTS])
    _run(wrk, server, paths, WARMING_SECONDS)
    server.settle()
    before = processes.cpu_ms(server.pid)
    found = _run(wrk, server, paths, seconds)
    cpu = processes.cpu_ms(server.pid) - before
    if found["failed"]:
        raise RuntimeError(f"{name}: {found['failed']} requests failed")
    count = int(found["count"])
    return Figure(name, cpu / count, found["p50"], found["p95"], count)


def _run(wrk: str, server: Served, paths: Sequence[str], seconds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder) / "paths", Path(folder) / "script.lua"
        listed.write_text("\n".join(paths) + "\n")
        script.write_text(SCRIPT % listed)
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script)]
        shown = subprocess.run(
            [*command, f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=True
        ).stdout
    found: dict[str, float] = json.loads(shown.partition("JSON")[2].splitlines()[0])
    return found
