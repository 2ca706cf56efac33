"""Real proxies in front of `herdlab origin`, beside the model of them on the same scenario: herds, hits, latencies. Then a
Django site, seen from outside.

nginx counts whole seconds: an answer that is fresh for 3 s lies there for 3 to 4. So its figures lie between the model's
for 3 s and for 4 s. Varnish counts as the model does. Herds and latencies do not depend on that.

Usage: python checks/behind.py [target/release/herdlab]      (needs checks/requirements.txt, nginx, varnishd and redis-server)
"""
import json, os, signal, subprocess, sys, time

from bench import ROOT, Folder, Server, failures, nginx, port, record, say

SCENARIO = ROOT / "checks" / "behind.toml"
# Timers of a busy machine: what lasts 400 ms here may last a little longer there.
MORE, LATE = 1.25, 60_000

NGINX = {
    "nginx, no protection": ("", "lock=false updating=false background=false"),
    "nginx, proxy_cache_lock": ("proxy_cache_lock on;", "lock=true updating=false background=false"),
    "nginx, use_stale updating": (
        "proxy_cache_use_stale updating; proxy_cache_background_update on;",
        "lock=false updating=true background=true",
    ),
    "nginx, all of them": (
        "proxy_cache_lock on; proxy_cache_use_stale updating; proxy_cache_background_update on;",
        "lock=true updating=true background=true",
    ),
}

VCL = """vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{port}"; .max_connections = 1000; }}
sub vcl_backend_response {{ set beresp.grace = {grace}; set beresp.keep = 0s; }}
"""


def model(binary, strategy, *sets):
    """The summary of the model on that scenario; a proxy is one process."""
    args = ["--set", "traffic.processes=1"]
    args += [arg for one in sets for arg in ("--set", one)]
    return record(binary, "run", SCENARIO, "-s", strategy, *args)["lanes"][0]["summary"]


def loaded(binary, url, origin):
    """The summary of a load through a proxy to an origin of ours."""
    args = ["--scenario", SCENARIO, "--origin", f"127.0.0.1:{origin}", "--cache-control", "max-age=3", "--connections", 400]
    return record(binary, "load", url, *args)["summary"]


def served(summary):
    """The share of requests that did not ask the origin themselves."""
    return (summary["fresh"] + summary["stale"] + summary["waited"]) / summary["requests"]


def beside(what, real, models):
    """Holds what was measured against what the models say."""
    def between(figure):
        """The least and the most that the models say of it."""
        all = [figure(one) if callable(figure) else one[figure] for one in models]
        return min(all), max(all)

    low, high = between("herd.max")
    say(what, "herd.max", real["herd.max"], low / MORE, high * MORE)
    low, high = between("herd.count")
    say(what, "herd.count", real["herd.count"], low - 1, high + 1)
    # A herd more or less at the end of the run is as many calls more or less.
    low, high = between("origin.calls")
    largest = between("herd.max")[1]
    say(what, "origin.calls", real["origin.calls"], low / MORE - largest, high * MORE + largest)
    low, high = between(served)
    say(what, "served without a call of their own", served(real), low - 0.02, min(1, high + 0.02))
    for figure in ("latency.p50_us", "latency.p99_us"):
        low, high = between(figure)
        say(what, figure, real[figure], max(0, low * 0.9 - 1_000), high * 1.1 + LATE)
    say(what, "failed", real["failed"], 0, 0)


def behind_nginx(binary, folder):
    for nth, (what, (location, switches)) in enumerate(NGINX.items()):
        listens, origin, place = port(), port(), folder / f"n{nth}"
        zone = f"proxy_cache_path {place}/cache keys_zone=zone:1m;"
        caching = f"proxy_pass http://127.0.0.1:{origin}; proxy_cache zone; {location}"
        with nginx(place, listens, f"{caching} add_header X-Cache-Status $upstream_cache_status;", zone):
            real = loaded(binary, f"http://127.0.0.1:{listens}/page", origin)
        sets = [f"strategy.nginx.{switch}" for switch in switches.split()]
        models = [model(binary, "nginx", f"cache.ttl={ttl}", *sets) for ttl in ("3s", "4s")]
        # Who waits for the lock looks every 500 ms: in nginx from his own arrival on, as in the model.
        beside(what, real, models)


def behind_varnish(binary, folder):
    for nth, (what, grace) in enumerate((("varnish, no grace", "0s"), ("varnish, grace", "10s"))):
        listens, origin, place = port(), port(), folder / f"v{nth}"
        place.mkdir()
        (place / "vcl").write_text(VCL.format(port=origin, grace=grace))
        command = ["varnishd", "-j", "none", "-F", "-n", place / "work", "-a", f"127.0.0.1:{listens}", "-f", place / "vcl"]
        with Server([*command, "-s", "malloc,32m", "-p", "thread_pools=1", "-p", "thread_pool_min=500"], listens):
            real = loaded(binary, f"http://127.0.0.1:{listens}/page", origin)
        beside(what, real, [model(binary, "varnish-grace", f"strategy.varnish-grace.grace={grace}")])


def omission(binary):
    """Coordinated omission: an origin that stands still for 2 s in 8 s at 2,000 a second. Of requests at even steps one in a
    hundred waits longer than the stall less a hundredth of the run, though there are but 50 connections to send over."""
    origin = port()
    at_once = ["--set", "origin.latency={ constant = '0s' }", "--set", "data.value_size=64B"]
    with Server([binary, "origin", "--listen", f"127.0.0.1:{origin}", "-q", *at_once], origin) as stopped:
        even = ["--rate", "2000/s", "--arrivals", "constant", "--duration", "8s", "--warmup", "0s", "--connections", "50"]
        load = [binary, "load", f"http://127.0.0.1:{origin}/a", *even, "--format", "json", "-q"]
        with subprocess.Popen(load, stdout=subprocess.PIPE) as running:
            time.sleep(2)
            stopped.send_signal(signal.SIGSTOP)
            began = time.monotonic()
            time.sleep(2)
            stopped.send_signal(signal.SIGCONT)
            stall = time.monotonic() - began
            found = json.loads(running.stdout.read())["summary"]
    truth, late = stall - 0.08, found["lateness.max_us"] / 1e6
    say("stall of 2 s at 2,000/s", "latency.p99, s", found["latency.p99_us"] / 1e6, truth * 0.98 - late, truth * 1.02 + late)
    say("stall of 2 s at 2,000/s", "failed", found["failed"], 0, 0)


def over_tls(binary, folder):
    """Both versions of HTTP over TLS, by a CA that is named; by one that is not, every connection fails."""
    listens, place = port(), folder / "tls"
    place.mkdir()
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, "-keyout", place / "key", "-out", place / "cert"]
    subprocess.run(made, check=True, capture_output=True)
    certificate = f"ssl_certificate {place}/cert; ssl_certificate_key {place}/key;"
    with nginx(place, listens, "return 200 $server_protocol;", tls=certificate):
        load = [binary, "load", f"https://127.0.0.1:{listens}/", "--rate", "50/s", "--duration", "2s", "--warmup", "0s"]
        for more, protocol in (([], "HTTP/1.1"), (["--http2"], "HTTP/2.0")):
            found = record(*load, "--tls-ca", place / "cert", "--must-contain", protocol, *more)
            say(f"TLS, {protocol}", "failed", found["summary"]["failed"], 0, 0)
        found = record(*load)
        say("TLS, unknown CA", "failures to connect", found["http"]["failures"]["connect"], 80, 120)


def gunicorn(listens, origin, cache, ttl):
    """The Django site: four workers of many threads."""
    command = [sys.executable, "-m", "gunicorn", "--chdir", ROOT / "checks", "--bind", f"127.0.0.1:{listens}", "--workers", "4"]
    command += ["--threads", "64", "--keep-alive", "60", "--log-level", "error", "pages:application"]
    site = {"CACHE": cache, "ORIGIN": f"http://127.0.0.1:{origin}", "TTL": str(ttl)}
    return Server(command, listens, env={**os.environ, **site})


def django(binary, folder):
    redis = port()
    with Server(["redis-server", "--port", str(redis), "--save", "", "--dir", folder], redis):
        for cache, workers in (("locmem", 4), (f"redis://127.0.0.1:{redis}/0", 1)):
            name = cache.split(":")[0]
            misses_of_workers(binary, f"Django, 4 workers, {name}", cache, workers)
            leaks(binary, f"Django, {name}", cache)
        herds_of_expiries(binary, "Django, 4 workers, redis", f"redis://127.0.0.1:{redis}/1")


def misses_of_workers(binary, what, cache, caches):
    """One user, who comes by a new connection each time and so to every worker: a compute a cache."""
    listens, origin = port(), port()
    with gunicorn(listens, origin, cache, 300):
        url, slow = f"http://127.0.0.1:{listens}/product/1", "origin.latency={ constant = '300ms' }"
        args = ["--users", 1, "--churn", "--think", "2ms", "--duration", "8s", "--warmup", "0s", "--set", slow]
        found = record(binary, "load", url, *args, "--origin", f"127.0.0.1:{origin}", "--hit", "latency < 250ms")
    say(what, "origin.calls", found["summary"]["origin.calls"], caches, caches)
    say(what, "misses, as told by latency < 250ms", found["summary"]["computed"], caches, caches + 2)


def herds_of_expiries(binary, what, cache):
    """A page of 2 s that takes 300 ms, fifty readers a second: at each expiry those of 300 ms, and of what Python takes to
    store it, ask the origin."""
    listens, origin = port(), port()
    with gunicorn(listens, origin, cache, 2):
        url, slow = f"http://127.0.0.1:{listens}/product/1", "origin.latency={ constant = '300ms' }"
        args = ["--rate", "50/s", "--arrivals", "constant", "--duration", "12s", "--warmup", "1s", "--set", slow]
        found = record(binary, "load", url, *args, "--origin", f"127.0.0.1:{origin}", "--hit", "latency < 250ms")["summary"]
    # It expires every 2.3 s, in the 11 s that are measured.
    say(what, "herd.count", found["herd.count"], 3, 6)
    say(what, "herd.avg", found["herd.avg"], 12, 30)
    say(what, "failed", found["failed"], 0, 0)


def leaks(binary, what, cache):
    """A view that greets its visitor and forgets vary_on_cookie, and one that does not."""
    listens, origin = port(), port()
    with gunicorn(listens, origin, cache, 300):
        args = ["--var", "user=ann,bob,carl", "--cookie", "user={user}", "--must-contain", "Hello {user}!"]
        args += ["--rate", "50/s", "--duration", "4s", "--warmup", "0s"]
        forgotten = record(binary, "load", f"http://127.0.0.1:{listens}/forgotten", *args)
        kept = record(binary, "load", f"http://127.0.0.1:{listens}/hello", *args)
    requests = forgotten["summary"]["requests"]
    say(what, "leaked without vary_on_cookie", forgotten["summary"]["leaked"], requests * 0.4, requests * 0.9)
    say(what, "leaks shown with both requests", len(forgotten["http"]["leaks"]), 10, 10)
    say(what, "leaked with vary_on_cookie", kept["summary"]["leaked"], 0, 0)
    say(what, "failed", forgotten["summary"]["failed"] + kept["summary"]["failed"], 0, 0)


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else ROOT / "target" / "release" / "herdlab"
    print(f"     {'proxy':<44} {'figure':<30} {'measured':>10}   the model, give or take")
    omission(binary)
    with Folder() as folder:
        behind_nginx(binary, folder)
        behind_varnish(binary, folder)
        over_tls(binary, folder)
        django(binary, folder)
    sys.exit(f"{len(failures)} differ: {'; '.join(failures)}" if failures else 0)


if __name__ == "__main__":
    main()
