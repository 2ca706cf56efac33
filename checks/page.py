"""Runs a page of the documentation: in each section its files are written and its commands run, in order, in a folder of
their own. What installs something is left out: ./test has done so.

Usage: python checks/page.py docs/behind-your-proxy.md target/debug/herdlab
"""
import os, re, signal, subprocess, sys
from pathlib import Path

from bench import Folder, port

BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.M | re.S)
INSTALLS = ("sudo ", "python3 -m pip ")
# 5 is a machine that was too busy; 3 is a threshold, and so a claim of the page.
HERDLAB = 'herdlab() { command herdlab "$@" || [ $? = 5 ]; }\n'


def run(name, text, binary):
    """A section; whether all its commands did what they should."""
    script = []
    for address in sorted(set(re.findall(r"127\.0\.0\.1:(\d+)", text))):
        free = str(port())
        text = text.replace(f"127.0.0.1:{address}", f"127.0.0.1:{free}").replace(f'.port = "{address}"', f'.port = "{free}"')
    with Folder() as folder:
        for language, file, body in BLOCK.findall(text):
            if file:
                user = "user root; " if language == "nginx" and os.geteuid() == 0 else ""
                (folder / file).write_text(user + body)
            elif language == "console":
                lines = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
                script += [line for line in lines if not line.startswith(INSTALLS)]
        if not script:
            return True
        places = [Path(binary).resolve().parent, Path(sys.executable).parent, os.environ["PATH"]]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HERDLAB_")}
        # Into a file: what a section leaves running would hold a pipe open for ever.
        with open(folder / "said", "w+") as told:
            done = subprocess.Popen(
                ["bash", "-c", "set -e\n" + HERDLAB + "\n".join(script)],
                cwd=folder, env={**clean, "PATH": ":".join(map(str, places)), "HERDLAB_QUIET": "1"},
                stdout=told, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
            )
            try:
                done.wait(timeout=180)
            except subprocess.TimeoutExpired:
                print("     it did not end within 180 s")
            try: # every process of a section is in its group, and goes with it
                os.killpg(done.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # all had ended
            done.wait()
            told.seek(0)
            said = told.read()
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name}: {len(script)} commands")
    if done.returncode:
        print(said)
    return done.returncode == 0


def main():
    page, binary = sys.argv[1:]
    sections = re.split(r"^## ", Path(page).read_text(), flags=re.M)[1:]
    well = [run(section.splitlines()[0], section, binary) for section in sections]
    sys.exit(0 if all(well) else 1)


if __name__ == "__main__":
    main()
