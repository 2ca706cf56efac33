"""What the checks of proxies and sites have in common: ports, private servers, the program, figures side by side."""
import json, os, shutil, socket, subprocess, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
failures = []
# The p99 lateness of a load whose figures are the site's, in microseconds.
QUIET = 20_000


def port():
    """A port of loopback that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def say(what, figure, got, low, high):
    """Notes a figure and the interval that it should lie in."""
    well = low <= got <= high
    print(f"{'ok  ' if well else 'FAIL'} {what:<44} {figure:<30} {got:>10.5g}   {low:.5g} to {high:.5g}")
    if not well:
        failures.append(f"{what}: {figure}")


class Server:
    """A process of ours, gone at the end of a `with`."""

    def __init__(self, command, listens, **more):
        self.command, self.listens, self.more = command, listens, more

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.more)
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", self.listens), 1).close()
                return self.process
            except OSError:
                time.sleep(0.05)
                if self.process.poll() is not None:
                    break
        self.__exit__()
        sys.exit(f"{self.command[0]} did not start: {' '.join(map(str, self.command))}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Folder:
    """A private directory, short enough for sockets, gone at the end of a `with`."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="herdlab-"))
        os.chmod(self.path, 0o755)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def herdlab(binary, *args, codes=(0, 5)):
    """What the program prints; 5 is a machine that was too busy."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HERDLAB_")}
    done = subprocess.run([binary, *map(str, args)], capture_output=True, text=True, env={**clean, "NO_COLOR": "1"})
    if done.returncode not in codes:
        sys.exit(f"herdlab {' '.join(map(str, args))}: exit code {done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


def record(binary, *args):
    """Its record. A load that was sent late for want of a processor is put once more: its figures are the machine's."""
    for _ in range(4):
        found = json.loads(herdlab(binary, *args, "--format", "json", "-q"))
        if found.get("summary", {}).get("lateness.p99_us", 0) < QUIET:
            break
    return found


def nginx(folder, listens, location, more="", tls=""):
    """nginx with one location, in the foreground; `tls` has its certificate."""
    folder.mkdir(exist_ok=True)
    conf = folder / "nginx.conf"
    temp = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf.write_text(
        f"{'user root; ' if os.geteuid() == 0 else ''}daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"worker_processes 1; events {{ worker_connections 2048; }}\n"
        f"http {{ access_log off; {temp}\n{more}\n"
        f"server {{ listen 127.0.0.1:{listens}{' ssl http2' if tls else ''}; {tls} location / {{ {location} }} }} }}\n"
    )
    return Server(["nginx", "-p", folder, "-c", conf], listens)
