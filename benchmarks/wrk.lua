-- wrk script: sends the lines of a file as request bodies, each once and in order.
-- Arguments: the file, and "again" to start over at its end.
-- One thread only: the run begins when all threads have read their file, and so would be too long.

local requests, again, seen = {}, false, false
sent, ran_out = 0, false

function setup(thread)
  the_thread = thread
end

function init(args)
  local headers = { ["Content-Type"] = "application/json" }
  again = args[2] == "again"
  for line in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, headers, line)
  end
end

function request()
  if not seen then -- wrk looks at one request before it sends any.
    seen = true
    return requests[1]
  end
  if sent == #requests then
    if not again then
      ran_out = true
      wrk.thread:stop()
      return requests[sent]
    end
    sent = 0
  end
  sent = sent + 1
  return requests[sent]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "not_ok": %d, "failed": %d, "sent": %d, "ran_out": %s, ' ..
    '"p50_ms": %f, "p99_ms": %f, "longest_ms": %f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    the_thread:get("sent"), tostring(the_thread:get("ran_out")),
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
