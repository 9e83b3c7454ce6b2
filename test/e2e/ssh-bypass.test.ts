/**
 * Ways around an allow list of commands, asserted at the real server's own log of what it ran. Append-only.
 * Rows 37 to 41 of the catalogue are here and in ssh-sftp, ssh-forward and ssh-target; the rest is our own.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { useSshServer, withSshd } from "./ssh-fixture.ts";

const POLICY = `
rules:
  main:
  - {id: status, effect: allow, match: {exec: [[systemctl, status, "*"], [echo, "**"], [journalctl, -u, "*"], [cat, "/var/log/app/*"]]}}
`;

withSshd("an allow list of commands is not got around", () => {
  const fixture = useSshServer();

  test.each([
    ["37 a substitution in a shell's code", 'sh -c "$(echo dG91Y2ggTUFSSwo= | base64 -d)"'],
    ["37 IFS as a blank", "touch$IFS'MARK'"],
    ["37 quotes inside the name", "t''ouch MARK"],
    ["37 a here-document", "sh <<EOF\ntouch MARK\nEOF"],
    ["37 find -exec", "find / -maxdepth 0 -exec touch MARK ;"],
    ["37 find -exec, quoted", "find / -maxdepth 0 -exec touch MARK \\;"],
    ["37 python -c", 'python3 -c \'open("MARK","w")\''],
    ["37 perl -e", "perl -e 'open(F,\">MARK\")'"],
    ["a second command", "echo a; touch MARK"],
    ["a second command after &&", "echo a && touch MARK"],
    ["a second command after ||", "echo a || touch MARK"],
    ["a pipe", "echo a | tee MARK"],
    ["a new line", "echo a\ntouch MARK"],
    ["a background command", "touch MARK & echo a"],
    ["a redirection", "echo a > MARK"],
    ["a redirection without blanks", "echo a>MARK"],
    ["an append through a descriptor", "echo a 1>>MARK"],
    ["a substitution in an argument", "echo $(touch MARK)"],
    ["a substitution in double quotes", 'echo "`touch MARK`"'],
    ["a process substitution", "echo <(touch MARK)"],
    ["an assignment before the command", "PATH=/tmp/evil echo a"],
    ["a variable as the command", "x=touch; $x MARK"],
    ["braces", "{ touch MARK; }"],
    ["brace expansion", "{touch,MARK}"],
    ["a function", "echo() { touch MARK; }; echo a"],
    ["an alias", "alias echo='touch MARK'\necho a"],
    ["eval", "eval touch MARK"],
    ["xargs", "echo MARK | xargs touch"],
    ["env", "env touch MARK"],
    ["a pattern as the command", "/usr/bin/touc? MARK"],
    ["tilde", "echo ~; touch MARK"],
    ["a comment that hides nothing", "echo a # b\ntouch MARK"],
    ["an escaped new line", "echo a;\\\ntouch MARK"],
    ["a dollar quote that closes early in an old shell", "echo $'\\'; touch MARK; echo \\''"],
    ["a dollar quote with the command", "$'touch' MARK"],
    ["awk", "awk 'BEGIN{system(\"touch MARK\")}'"],
    ["a path that climbs", "cat /var/log/app/../../../etc/passwd"],
    ["another program of the same name", "./systemctl status app"],
    ["another sub-command", "systemctl restart app"],
    ["no blank that a shell knows", "touch\u00a0MARK"],
    ["brace expansion beside quotes", "systemctl status {a,-H,root@elsewhere}''"],
    ["brace expansion behind an escape", "cat \\/var/log/app/{a,b}"],
    ["a keyword that is cut by a continued line", "i\\\nf echo a; then touch MARK; fi"],
    ["an assignment that is cut by a continued line", "PA\\\nTH=/tmp/evil echo a"],
    ["a carriage return", "echo a\rtouch MARK"],
    ["a shell with a literal text", "sh -c 'touch MARK'"],
    ["a shell that nobody allows, with an allowed text", "sh -c 'echo a'; touch MARK"],
    ["a shell in a shell", "sh -c \"sh -c 'touch MARK'\""],
    ["a shell's text with a substitution", "sh -c 'echo $(touch MARK)'"],
    ["a shell by sudo", "sudo -n sh -c 'touch MARK'"],
    ["parentheses", "( touch MARK )"],
    ["parentheses behind an allowed command", "echo a && ( echo b ; touch MARK )"],
    ["output thrown away", "touch MARK > /dev/null 2>&1"],
    ["a path that begins as the one that throws away", "echo a >/dev/null/../../..MARK"],
    ["an echo between quotes that does more", 'echo "`echo /a; touch MARK`"'],
  ])("%s", async (_what, command) => {
    const mark = join(fixture.folder, "mark");
    const gate = await fixture.gate(POLICY);
    const answer = await gate.ssh([command.replaceAll("MARK", mark)]);
    expect(answer.code).toBe(126);
    expect(answer.stderr).toContain("gate: denied by rule");
    expect(fixture.server.ran()).toEqual([]);
    expect(existsSync(mark)).toBe(false);
  });

  test("an allowed shell runs only what is allowed without it", async () => {
    const mark = join(fixture.folder, "mark");
    const gate = await fixture.gate(`
rules:
  main:
  - {id: shells, effect: allow, match: {exec: [[sh, "-c", "**"], [/bin/sh, "-c", "**"], [echo, "**"]]}}
`);
    expect(await gate.ssh(["sh -c 'echo a && echo \"b c\"' 2>&1"])).toMatchObject({ code: 0, stdout: "a\nb c\n" });
    for (const text of [
      "touch MARK",
      "echo a; touch MARK",
      "echo a | tee MARK",
      'sh -c \"touch MARK\"',
      "( touch MARK )",
    ]) {
      const answer = await gate.ssh([`/bin/sh -c '${text.replaceAll("MARK", mark)}'`]);
      expect({ text, code: answer.code }).toEqual({ text, code: 126 });
    }
    expect(existsSync(mark)).toBe(false);
  });

  test.each([
    ["quotes that hold what would be an operator", "echo 'a; touch x' \"b | c\" d\\;e", "a; touch x b | c d;e\n"],
    ["the same word written in pieces", "e'ch'o a''b", "ab\n"],
    ["several allowed commands", "echo a && echo b", "a\nb\n"],
  ])("and what is allowed stays so: %s", async (_what, command, stdout) => {
    const gate = await fixture.gate(POLICY);
    expect(await gate.ssh([command])).toEqual({ code: 0, stdout, stderr: "" });
  });

  test("a glob of the policy does not reach across words, nor beyond the last one", async () => {
    const gate = await fixture.gate(POLICY);
    for (const command of [
      "systemctl status a b",
      "systemctl status",
      "journalctl -u app -f",
      "cat /var/log/app/x /etc/shadow",
    ]) {
      expect((await gate.ssh([command])).code).toBe(126);
    }
    expect(fixture.server.ran()).toEqual([]);
  });
});
