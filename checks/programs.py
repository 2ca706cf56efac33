"""The programs that strategies are named after, asked the same as the model's tests ask: same reads and faults, same computes.

What is expected here is what sim/tests/seam/strategies and sim/tests/seam/get_or_set.rs hold the model to. Servers are private: unix sockets
or loopback, in a temporary directory.

Usage: python checks/programs.py      (needs checks/requirements.txt, nginx, varnish, redis-server and memcached)
"""
import asyncio, http.server, os, shutil, socket, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request
from pathlib import Path

READERS = 10
failures = []


def say(program, what, got, expected):
    """Notes what a program did beside what the model does."""
    well = got == expected
    print(f"{'ok  ' if well else 'FAIL'} {program:<28} {what:<58} {got!s:>9} {expected!s:>9}")
    if not well:
        failures.append(program)


class Origin:
    """Computes take a while, are counted, and may fail."""

    def __init__(self, seconds, fails=False):
        self.seconds, self.fails, self.calls, self.lock = seconds, fails, 0, threading.Lock()

    def __call__(self, *_, **__):
        with self.lock:
            self.calls += 1
        time.sleep(self.seconds)
        if self.fails:
            raise RuntimeError("the origin fails")
        return "new"


def readers(read, count=READERS):
    """So many readers, 10 ms apart: what each got and how long it took."""
    got = [None] * count

    def one(nth):
        time.sleep(0.01 * nth)
        began = time.monotonic()
        try:
            value = read()
        except RuntimeError:
            value = "error"
        got[nth] = (value, time.monotonic() - began)

    threads = [threading.Thread(target=one, args=(nth,)) for nth in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return got


def dogpile():
    from dogpile.cache import make_region

    def region():
        return make_region().configure("dogpile.cache.memory", expiration_time=0.5)

    cold, origin = region(), Origin(0.3)
    got = readers(lambda: cold.get_or_create("k", origin))
    say("dogpile.cache", "cold key: computes", origin.calls, 1)
    say("dogpile.cache", "cold key: readers who waited for it", sum(took > 0.15 for _, took in got), READERS)
    warm, origin = region(), Origin(0.3)
    warm.set("k", "old")
    time.sleep(0.6)
    got = readers(lambda: warm.get_or_create("k", origin))
    say("dogpile.cache", "expired: computes", origin.calls, 1)
    say("dogpile.cache", "expired: readers with the old value at once", sum(v == "old" and t < 0.1 for v, t in got), READERS - 1)
    failing, origin = region(), Origin(0.2, fails=True)
    got = readers(lambda: failing.get_or_create("k", origin), 4)
    say("dogpile.cache", "failing creator, 4 readers: computes", origin.calls, 4)
    say("dogpile.cache", "failing creator: the last waits so many computes", round(max(took for _, took in got) / 0.2), 4)


def cashews():
    from cashews import Cache

    async def run():
        async def ask(read):
            async def one(nth):
                await asyncio.sleep(0.01 * nth)
                began = time.monotonic()
                return await read(), time.monotonic() - began

            return await asyncio.gather(*(one(nth) for nth in range(READERS)))

        for name in ("early", "soft"):
            cache, calls = Cache(), 0
            cache.setup("mem://")

            async def compute():
                nonlocal calls
                calls += 1
                await asyncio.sleep(0.3)
                return "value"

            # By default cashews also coalesces within a process (thunder protection); here the decorator is alone.
            option = {f"{name}_ttl": 1, "protected": False}
            read = getattr(cache, name)(ttl=10, key="k", **option)(compute)
            await read()
            await asyncio.sleep(1.1)
            calls = 0
            got = await ask(read)
            await asyncio.sleep(0.4)
            expected = 1 if name == "early" else READERS
            say(f"cashews {name}", "past its early span: computes", calls, expected)
            at_once = sum(took < 0.1 for _, took in got)
            say(f"cashews {name}", "past its early span: readers answered at once", at_once, READERS if name == "early" else 0)

    asyncio.run(run())


def django(folder, redis_socket, memcached_socket):
    from django.conf import settings

    backend = "django.core.cache.backends."
    settings.configure(
        USE_TZ=True,
        CACHE_HERD_TIMEOUT=60,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3"), "OPTIONS": {"timeout": 20}}},
        CACHES={
            "locmem": {"BACKEND": backend + "locmem.LocMemCache"},
            "file": {"BACKEND": backend + "filebased.FileBasedCache", "LOCATION": str(folder / "files")},
            "db": {"BACKEND": backend + "db.DatabaseCache", "LOCATION": "cache"},
            "redis": {"BACKEND": backend + "redis.RedisCache", "LOCATION": f"unix://{redis_socket}"},
            "memcached": {"BACKEND": backend + "memcached.PyMemcacheCache", "LOCATION": f"unix:{memcached_socket}"},
            "herd": {
                "BACKEND": "django_redis.cache.RedisCache",
                "LOCATION": f"unix://{redis_socket}?db=1",
                "OPTIONS": {"CLIENT_CLASS": "django_redis.client.HerdClient"},
            },
        },
    )
    import django as package
    from django.core.cache import caches
    from django.core.management import call_command

    package.setup()
    caches["default"] = caches["locmem"]
    call_command("createcachetable", "cache", verbosity=0)
    for name in ("locmem", "file", "db", "redis", "memcached"):
        origin = Origin(0.4)
        readers(lambda: caches[name].get_or_set("k", origin, 30))
        say(f"Django {name}", "get_or_set, cold key: computes", origin.calls, READERS)
        origin = Origin(0.0)
        origin.__class__ = type("Nothing", (Origin,), {"__call__": lambda self, *_: Origin.__call__(self) and None})
        [caches[name].get_or_set("none", origin, 30) for _ in range(3)]
        say(f"Django {name}", "get_or_set caches None: computes of 3 reads", origin.calls, 1)
    locmem = caches["locmem"]
    locmem.clear()
    [locmem.set(f"k{nth}", nth) for nth in range(301)]
    say("Django locmem", "301 sets into 300 entries: left", len(locmem._cache), 201)
    herd = caches["herd"]
    reads, first_set = 2_000, time.time()
    [herd.set(f"k{nth}", nth, 1) for nth in range(reads)]
    last_set = time.time()
    time.sleep(9)
    first_get = time.time()
    share = sum(herd.get(f"k{nth}") is None for nth in range(reads)) / reads
    last_get = time.time()
    # Whole seconds past an expiry of 1 s, of the read that was earliest and of the one that was latest after it.
    least, most = int(first_get - last_set - 1) - 1, int(last_get - first_set - 1) + 1
    chance = 3 * (0.15 * 0.85 / reads) ** 0.5
    low, high = (least + 1) / 60 - chance, (most + 1) / 60 + chance
    say("django-redis HerdClient", "8 s past the expiry: a miss with (x + 1) / 60", low < share < high, True)


def upstream(calls, fails):
    """An origin behind HTTP whose responses take 0.7 s; while it fails it hangs up instead."""

    class Upstream(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            time.sleep(0.7)
            if fails.is_set():
                return
            body = b"value"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    return origin


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def nginx(folder):
    calls, port = [], free_port()
    origin = upstream(calls, threading.Event())
    conf = folder / "nginx.conf"
    conf.write_text(
        f"""{'user root; ' if os.geteuid() == 0 else ''}daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
        events {{ worker_connections 64; }}
        http {{
          access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
          fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
          proxy_cache_path {folder}/cache keys_zone=zone:1m;
          server {{ listen 127.0.0.1:{port};
            location / {{ proxy_pass http://127.0.0.1:{origin.server_address[1]}; proxy_cache zone; proxy_cache_valid 200 1s;
              proxy_cache_lock on; proxy_cache_use_stale updating error; proxy_cache_background_update on; }} }}
        }}"""
    )
    server = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(conf)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        read = lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/k").read()
        got = readers(read)
        say("nginx", "cold element: fetches", len(calls), 1)
        # 0.7 s to fetch; who came after the first looks every 0.5 s.
        say("nginx", "cold element: readers who waited 1 s", sum(0.9 < took < 1.15 for _, took in got), READERS - 1)
        time.sleep(2.2)  # valid for 1 s, and nginx counts whole seconds
        calls.clear()
        got = readers(read)
        say("nginx", "expired element: readers answered at once", sum(took < 0.1 for _, took in got), READERS)
        time.sleep(1)
        say("nginx", "expired element: fetches", len(calls), 1)
    finally:
        server.terminate()
        server.wait()
        origin.shutdown()


def varnish(folder):
    calls, fails, port = [], threading.Event(), free_port()
    origin = upstream(calls, fails)
    vcl = folder / "default.vcl"
    vcl.write_text(
        f"""vcl 4.1; backend origin {{ .host = "127.0.0.1"; .port = "{origin.server_address[1]}"; }}
        sub vcl_backend_response {{ set beresp.ttl = 1s; set beresp.grace = 10s; set beresp.keep = 0s; }}"""
    )
    command = ["varnishd", "-F", "-j", "none", "-n", str(folder / "varnish"), "-a", f"127.0.0.1:{port}", "-f", str(vcl), "-s", "default,16m"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def read(name):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/{name}").read()
        except urllib.error.HTTPError:
            raise RuntimeError

    try:
        for _ in range(100):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        got = readers(lambda: read("k"))
        say("Varnish", "cold object: fetches", len(calls), 1)
        say("Varnish", "cold object: readers who waited for it", sum(0.5 < took < 0.9 for _, took in got), READERS)
        time.sleep(1.5)  # past its ttl, within its grace
        calls.clear()
        got = readers(lambda: read("k"))
        say("Varnish", "in grace: readers answered at once", sum(took < 0.1 for _, took in got), READERS)
        time.sleep(1)
        say("Varnish", "in grace: fetches", len(calls), 1)
        calls.clear()
        fails.set()
        got = readers(lambda: read("other"), 4)
        say("Varnish", "cold object, failing origin, 4 readers: fetches", len(calls), 1)
        say("Varnish", "failing origin: readers with that fetch's error", sum(v == "error" and t < 0.9 for v, t in got), 4)
    finally:
        server.terminate()
        server.wait()
        origin.shutdown()


def server(command, path):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    for _ in range(100):
        if Path(path).exists():
            return process
        time.sleep(0.05)
    process.terminate()
    sys.exit(f"{command[0]} did not start")


def main():
    folder = Path(tempfile.mkdtemp(prefix="herdlab-checks-"))
    redis, memcached = folder / "redis.sock", folder / "memcached.sock"
    servers = []
    try:
        servers.append(server(["redis-server", "--port", "0", "--unixsocket", str(redis), "--save", "", "--dir", str(folder)], redis))
        user = ["-u", "root"] if os.geteuid() == 0 else []
        servers.append(server(["memcached", "-s", str(memcached), *user], memcached))
        print(f"     {'program':<28} {'what':<58} {'program':>9} {'model':>9}")
        dogpile()
        cashews()
        django(folder, redis, memcached)
        nginx(folder)
        varnish(folder)
    finally:
        for process in servers:
            process.terminate()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(f"{len(failures)} differ" if failures else 0)


if __name__ == "__main__":
    main()
