import { spawnSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { COMMAND_CHARS_MAX, parseCommandLine } from "./argv.ts";

const words = (text: string): readonly (readonly string[])[] => {
  const { commands, reason } = parseCommandLine(text);
  expect(reason).toBeUndefined();
  return commands;
};
const reason = (text: string): string | undefined => parseCommandLine(text).reason;

describe("what every shell reads in the same way is resolved", () => {
  test.each<[string, string[][]]>([
    ["systemctl status app", [["systemctl", "status", "app"]]],
    ["  a\tb  ", [["a", "b"]]],
    ["echo 'a b' \"c d\" e\\ f", [["echo", "a b", "c d", "e f"]]],
    ["r''m -rf x", [["rm", "-rf", "x"]]],
    ["'r'\"m\" x", [["rm", "x"]]],
    ["\\rm x", [["rm", "x"]]],
    ['echo "\\$HOME \\" \\\\ \\a"', [["echo", '$HOME " \\ \\a']]],
    ["echo $'a\\tb\\x41\\101'", [["echo", "a\tbAA"]]],
    ["echo ''", [["echo", ""]]],
    ["a | b && c || d ; e\nf", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]],
    ["a;", [["a"]]],
    ["a &&\n b", [["a"], ["b"]]],
    ["echo a\\\nb", [["echo", "ab"]]],
    ["find . -name x -print {}", [["find", ".", "-name", "x", "-print", "{}"]]],
    ["git-upload-pack 'acme/shop.git'", [["git-upload-pack", "acme/shop.git"]]],
    [
      "rsync --server -vlogDtpre.iLsfxCIvu . /srv/app/",
      [["rsync", "--server", "-vlogDtpre.iLsfxCIvu", ".", "/srv/app/"]],
    ],
    ["scp -t /tmp/x", [["scp", "-t", "/tmp/x"]]],
    ["git show HEAD^ a=b", [["git", "show", "HEAD^", "a=b"]]],
    ["'if' x", [["if", "x"]]],
    ["echo 'a\\' b", [["echo", "a\\", "b"]]],
    ["git diff a..b ...", [["git", "diff", "a..b", "..."]]],
  ])("%s", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });
});

describe("what depends on the target is not", () => {
  test.each([
    'sh -c "$(echo cm0gLXJm | base64 -d)"',
    "rm$IFS-rf$IFS/",
    "echo ${x}",
    "echo `id`",
    'echo "`id`"',
    "echo $(id)",
    "cat < /etc/shadow",
    "cat <<EOF\nx\nEOF",
    "echo x > /etc/cron.d/x",
    "echo x 2>&1 &",
    "echo x 2>&1& id",
    "echo x >/dev/null/../../tmp/x",
    "echo x > /dev/nul",
    "echo x >/dev/null\\\n/x",
    "echo x> /dev/null",
    "echo x &> /dev/null",
    "echo x > /dev/sda",
    "cat <> /dev/null",
    "cat << /dev/null",
    "> /dev/null",
    "a && > /dev/null",
    "> /dev/null; a",
    "sleep 1 &",
    "a |& b",
    "LD_PRELOAD=/x.so systemctl status app",
    "A+=b c",
    "ls *",
    "ls [a]",
    "ls ?",
    "ls ~",
    "ls --dir=~/x",
    "echo {a,b}",
    "echo {a,b}''",
    "systemctl status ''{-H,root@elsewhere}",
    "wh\\\nile rm -rf /",
    "LD_PRE\\\nLOAD=/tmp/x.so ls",
    "dd of=\\\n~root/x",
    "(id)",
    "((id))",
    "( id",
    "id )",
    "( id ) x",
    "( id ) ( id )",
    "( )",
    "( ; )",
    "( a && )",
    "echo ( id )",
    "f ( ) { id; }",
    "a ( id )",
    "( id ) &",
    `${"( ".repeat(9)}a${" )".repeat(9)}`,
    'echo "`echo -n /x`"',
    'echo "`echo ~/x`"',
    'echo "`echo /x /y`"',
    'echo "`echo /x; id`"',
    'echo "`echo /x\\`"',
    'echo "`echo $HOME`"',
    "echo `echo /x`",
    'cat "`echo /a/../b`"',
    "sh -c 'echo $(id)'",
    "sh -c 'echo a; echo *'",
    "sh -c ''",
    "sh -c 'a;;b'",
    "sh -c -x",
    "sh -c 'id' name",
    "sh -c \"sh -c 'echo \\`id\\`'\"",
    "sudo -i sh -c id",
    "sudo -u '-i' sh -c id",
    `${"sh -c '".repeat(1)}${Array.from({ length: 64 }, () => "a").join(";")}'`,
    "f() { id; }",
    "! true",
    "if true; then id; fi",
    "while true; do id; done",
    "{ id; }",
    "[[ a ]]",
    "echo a #b",
    "=ls",
    "echo 'a",
    'echo "a',
    "echo a\\",
    "echo $'a\\'b'",
    "echo $'\\u0041'",
    "a; ; b",
    "| a",
    "a &&",
    "a ;; b",
    "",
    "   ",
    "'' x",
    "a\rb",
    "a\u00a0b",
    "a\0b",
    "cat /var/log/app/../../shadow",
    "cat ..",
    "tar --directory=../x",
    "rsync a:../b",
    `echo ${"x".repeat(COMMAND_CHARS_MAX)}`,
    `${"a;".repeat(65)}a`,
  ])("%j", (text) => {
    expect(reason(text)).toEqual(expect.any(String));
  });
});

describe("code in another language is not parsed", () => {
  test.each([
    "/bin/bash -xc id",
    "sh -e -c id",
    "zsh -c id",
    "su -c id",
    "sudo -E sh -c id",
    "ssh x sh -c id",
    "nice sh -c id",
    "env sh -c id",
    "find . -exec sh -c id \\;",
    "xargs -0 bash -c id",
    "busybox sh -c id",
    "python3 -c 'import os'",
    "python3.11 -Sc 'import os'",
    "perl -e 1",
    "perl -ne 1",
    "ruby -e 1",
    "node --eval 1",
    "node -pe 1",
    "php -r 1",
    "awk 'BEGIN{system(\"id\")}'",
    "eval id",
    ". /tmp/x",
    "su -c id deploy",
  ])("%s", (text) => {
    expect(reason(text)).toMatch(/not parsed/u);
  });

  test("but its program by itself is a plain word: the policy says whether it may run", () => {
    expect(words("python3 /srv/app/manage.py migrate")).toEqual([["python3", "/srv/app/manage.py", "migrate"]]);
    expect(words("sudo systemctl restart app")).toEqual([["sudo", "systemctl", "restart", "app"]]);
  });
});

describe("a literal text for a shell is read, and counts beside the shell", () => {
  test.each<[string, string[][]]>([
    ["sh -c id", [["sh", "-c", "id"], ["id"]]],
    ["/bin/sh -c 'a b && c'", [["/bin/sh", "-c", "a b && c"], ["a", "b"], ["c"]]],
    ["sh -c \"sh -c 'a b'\"; d", [["sh", "-c", "sh -c 'a b'"], ["sh", "-c", "a b"], ["a", "b"], ["d"]]],
    ["sudo -H -S -n -u root /bin/sh -c 'a'", [["sudo", "-H", "-S", "-n", "-u", "root", "/bin/sh", "-c", "a"], ["a"]]],
    ["a > /dev/null 2>&1 && b", [["a"], ["b"]]],
    ["a 2>/dev/null </dev/null | b >&2", [["a"], ["b"]]],
    [
      "( umask 77 && mkdir x ) && sleep 0",
      [
        ["umask", "77"],
        ["mkdir", "x"],
        ["sleep", "0"],
      ],
    ],
    ["( ( a ) ; b ) > /dev/null", [["a"], ["b"]]],
    [
      'mkdir "` echo /tmp/a `" && echo x="` echo /tmp/a `"',
      [
        ["mkdir", "/tmp/a"],
        ["echo", "x=/tmp/a"],
      ],
    ],
  ])("%s", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });
});

test("the words that could be read are listed also when not all could be", () => {
  expect(parseCommandLine("rm -rf /; echo $x")).toEqual({
    commands: [["rm", "-rf", "/"]],
    reason: expect.any(String),
  });
});

describe("against real shells", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "a",
      "b1",
      "-x",
      "/srv/app",
      "'q q'",
      '"d d"',
      "\\ ",
      "\\'",
      "''",
      '""',
      '"`echo /a.b`"',
      " 2>/dev/null ",
      " > /dev/null ",
      '"\\""',
      "'\\'",
      "{}",
      "^",
    ),
    fc.stringMatching(/^[A-Za-z0-9_./:@%+,-]{1,6}$/u),
    fc.stringMatching(/^'[ -&(-~]{0,6}'$/u),
    fc.stringMatching(/^"[ !#%-[\]_a-z|}-]{0,6}"$/u),
  );
  const word = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(""));
  const line = fc.array(word, { minLength: 1, maxLength: 5 }).map((list) => list.join(" "));

  test.each(["dash", "bash"])("%s makes the same words", (shell) => {
    const resolved: { text: string; words: readonly string[] }[] = [];
    fc.assert(
      fc.property(line, (text) => {
        const { commands, reason: why } = parseCommandLine(`x ${text}`);
        const [only, ...more] = commands;
        if (why === undefined && only !== undefined && more.length === 0) {
          resolved.push({ text, words: only.slice(1) });
        }
      }),
      { numRuns: 400, seed: 7 },
    );
    expect(resolved.length).toBeGreaterThan(150);
    const script = resolved.map(({ text }) => `p ${text}\n`).join("");
    const { stdout, status } = spawnSync(
      shell,
      ["-c", `exec 3>&1; p() { { for w in "$@"; do printf '%s\\0' "$w"; done; printf '\\1\\0'; } >&3; }\n${script}`],
      { encoding: "utf8", maxBuffer: 1 << 26 },
    );
    expect(status).toBe(0);
    const seen = stdout.split("\x01\0").slice(0, -1);
    expect(seen.map((each) => each.split("\0").slice(0, -1))).toEqual(resolved.map((each) => each.words));
  });

  test("nothing that is thrown at it throws", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80, unit: "binary" }), (text) => {
        parseCommandLine(text);
      }),
      { numRuns: 2_000 },
    );
  });
});
