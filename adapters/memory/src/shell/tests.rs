use std::time::Duration;

use domain::Signal;
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};
use proptest::strategy::Strategy;

use super::parser;
use crate::testing::Machine;

/// Runs a script and compares what it prints and its exit code.
async fn check(script: &str, out: &str, code: i32) {
    let machine = Machine::new();
    let ended = machine.run(&["sh", "-c", script]).await;
    assert_eq!((machine.out().as_str(), machine.err().as_str(), ended), (out, "", code), "{script}");
}

/// Runs a script that complains.
async fn complains(script: &str, err: &str, code: i32) {
    let machine = Machine::new();
    let ended = machine.run(&["sh", "-c", script]).await;
    assert_eq!((machine.out().as_str(), machine.err().as_str(), ended), ("", err, code), "{script}");
}

#[tokio::test]
async fn lists_and_chains() {
    check("echo a; echo b\necho c", "a\nb\nc\n", 0).await;
    check("true && echo yes || echo no", "yes\n", 0).await;
    check("false && echo yes || echo no", "no\n", 0).await;
    check("true || echo a && echo b", "b\n", 0).await;
    check("! true; echo $?; ! false", "1\n", 0).await;
    check("false # a comment", "", 1).await;
    check("echo a \\\n b", "a b\n", 0).await;
    check("echo a#b", "a#b\n", 0).await;
}

#[tokio::test]
async fn quotes_and_parameters() {
    check("A='a  b'; echo $A \"$A\" '$A' \\$A", "a b a  b $A $A\n", 0).await;
    check("echo \"a\\\"b\\$c\\d\"", "a\"b$c\\d\n", 0).await;
    check("A=; echo [\"$A\"] [$A] ${A:-x} ${A-y} ${B-z$A}", "[] [] x z\n", 0).await;
    check("A=1 B=2; echo $A$B${A}b$", "121b$\n", 0).await;
    check("printf '[%s]' $NOTHING \"\" ''", "[][]", 0).await;
    check("echo $$ $# $0", "1 0 sh\n", 0).await;
    check("false; echo $?; (exit 7); echo $?", "1\n7\n", 0).await;
}

#[tokio::test]
async fn arguments() {
    let machine = Machine::new();
    let code = machine.run(&[
        "sh",
        "-c",
        "echo $0 $# $1 ${2}; for a; do printf '[%s]' \"$a\"; done; printf '(%s)' \"$@\"; shift; echo $1; shift 5",
        "me",
        "a b",
        "c",
    ]);
    assert_eq!(code.await, 1);
    assert_eq!(machine.out(), "me 2 a b c\n[a b][c](a b)(c)c\n");
}

#[tokio::test]
async fn substitutions() {
    check("echo \"$(echo a; echo 'b)')\" $(printf 'c\\n\\n')", "a\nb) c\n", 0).await;
    check("A=$(exit 3); echo $?", "3\n", 0).await;
    check("n=4; echo $((n + 2))x", "6x\n", 0).await;
    check("echo \"$(echo \"$(echo a  b)\")\"", "a b\n", 0).await;
}

#[tokio::test]
async fn conditions_and_loops() {
    check("if false; then echo a; elif [ 1 = 1 ]; then echo b; else echo c; fi", "b\n", 0).await;
    check("if false; then echo a; fi; echo $?", "0\n", 0).await;
    check("n=0; while [ $n -lt 3 ]; do n=$((n + 1)); echo $n; done", "1\n2\n3\n", 0).await;
    check("until [ \"$n\" = xx ]; do n=x$n; done; echo $n", "xx\n", 0).await;
    check("for n in 1 2 3; do [ $n = 2 ] && continue; echo $n; done", "1\n3\n", 0).await;
    check("while true; do while true; do break 2; done; echo no; done; echo out", "out\n", 0).await;
    check("for n in; do echo no; done; echo end", "end\n", 0).await;
}

#[tokio::test]
async fn redirections() {
    check("echo a > /tmp/f; echo b >> /tmp/f; cat < /tmp/f; echo c > /tmp/f; cat /tmp/f", "a\nb\nc\n", 0).await;
    check("{ echo a; echo b >&2; } 2>&1", "a\nb\n", 0).await;
    check("echo a 2>/dev/null >&2; echo no >/dev/null", "", 0).await;
    check("for n in 1 2; do read x; echo \"$n $x\"; done < /etc/hostname", "1 testing\n2 \n", 0).await;
    complains("echo x >&2", "x\n", 0).await;
    complains("echo x > /no/file || exit 4", "sh: can't create /no/file: nonexistent directory\n", 4).await;
    complains("cat < /no", "sh: can't open /no: no such file\n", 1).await;
}

#[tokio::test]
async fn pipelines_and_jobs() {
    check("echo a | cat | { read x; echo got $x; }", "got a\n", 0).await;
    check("false | true; echo $?; true | false", "0\n", 1).await;
    check("while true; do echo y; done | { read a; echo $a; }", "y\n", 0).await;
    check("(sleep 0.05; exit 3) & wait $!; echo $?; wait; wait 99; echo $?", "3\n127\n", 0).await;
    check("X=1; (X=2; cd /tmp); echo $X; pwd", "1\n/\n", 0).await;
}

#[tokio::test]
async fn builtins() {
    check("cd /tmp; pwd; echo $PWD; cd; pwd", "/tmp\n/tmp\n/root\n", 0).await;
    check("A=1; export A B=2; C=3; env | { while read l; do case_=$l; [ \"$l\" = A=1 ] && echo ok; [ \"$l\" = C=3 ] && echo no; done; }; true", "ok\n", 0).await;
    check("A=1 sh -c 'echo $A'; echo [$A]", "1\n[]\n", 0).await;
    check("set -e; false || true; if false; then :; fi; ! true; echo here; false; echo no", "here\n", 1).await;
    check("set -- x y; echo $2", "y\n", 0).await;
    check("exec echo replaced; echo no", "replaced\n", 0).await;
    check("exit 300", "", 44).await;
    check("trap 'echo end $?' EXIT; exit 3", "end 3\n", 3).await;
    check("break; echo b", "b\n", 0).await;
}

#[tokio::test]
async fn complaints_are_those_of_busybox() {
    complains("foo", "sh: foo: not found\n", 127).await;
    complains("/etc/passwd", "sh: /etc/passwd: Permission denied\n", 126).await;
    complains("cd /nox", "sh: cd: can't cd to /nox: No such file or directory\n", 2).await;
    complains("exit abc", "sh: exit: Illegal number: abc\n", 2).await;
    complains("if", "sh: syntax error: unexpected end of file\n", 2).await;
    complains("echo )", "sh: syntax error: unexpected \")\"\n", 2).await;
    complains("echo 'a", "sh: syntax error: unterminated quoted string\n", 2).await;
    complains("x=$((1/0)); echo no", "sh: divide by zero\n", 2).await;
    complains("f() { echo; }", "sh: syntax error: functions are not part of kubedock's in-memory backend\n", 2).await;
}

#[tokio::test]
async fn signals_run_handlers() {
    check("trap 'echo caught' USR1; kill -USR1 $$; echo after", "caught\nafter\n", 0).await;
    check("trap '' TERM; kill $$; trap; kill -9 1; echo alive", "trap -- '' TERM\nalive\n", 0).await;
    check("trap 'exit 9' TERM; trap - TERM; kill $$; echo alive", "alive\n", 0).await;
    check("sleep 9 & kill $!; wait $!", "", 143).await;
    check("trap 'echo t; exit 4' TERM; (sleep 0.05; kill 1) & sleep 60 & wait", "t\n", 4).await;
    let (machine, _tty) = Machine::on_a_terminal();
    assert_eq!(machine.run(&["sh", "-c", "trap 'echo t; exit 5' HUP; (sleep 0.05; kill -HUP 1) & read x"]).await, 5);
    assert_eq!(machine.out(), "t\r\n");
}

#[tokio::test]
async fn input_is_read_command_by_command() {
    let machine = Machine::with_input(b"echo one\nif true\nthen echo two\nfi\nread x\nfor read\necho \"got $x\"\ncat\nrest\n");
    assert_eq!(machine.run(&["sh"]).await, 0);
    assert_eq!((machine.out().as_str(), machine.err().as_str()), ("one\ntwo\ngot for read\nrest\n", ""));
    let machine = Machine::with_input(b"echo 'open\n");
    assert_eq!(machine.run(&["sh"]).await, 2);
    assert_eq!(machine.err(), "sh: syntax error: unterminated quoted string\n");
}

/// As `docker run -it alpine sh` shows it, without the escape sequences of its line editor.
#[tokio::test]
async fn a_terminal_gets_prompts() {
    let (machine, tty) = Machine::on_a_terminal();
    let typing = async {
        for (typed, shown) in [
            (b"".as_slice(), "/ # "),
            (b"echo hi\r", "echo hi\r\nhi\r\n/ # "),
            (b"abc\x03", "abc^C\r\n/ # "),
            (b"cd /tmp\r", "cd /tmp\r\n/tmp # "),
            (b"cd\r", "cd\r\n~ # "),
            (b"if true\r", "if true\r\n> "),
            (b"then echo y; fi\r", "then echo y; fi\r\ny\r\n~ # "),
            (b"sleep 60\r", "sleep 60\r\n"),
            (b"\x03", "^C\r\n~ # "),
            (b"kill $$\r", "kill $$\r\n~ # "),
            (b"\x04", "\r\n"),
        ] {
            tty.type_in(typed).await;
            machine.shows(shown).await;
        }
    };
    let (code, ()) = tokio::join!(machine.run(&["sh"]), typing);
    assert_eq!(code, 0);
    let (machine, tty) = Machine::on_a_terminal();
    tty.type_in(b"exit 4\r").await;
    assert_eq!(machine.run(&["sh"]).await, 4);
    assert_eq!(machine.out(), "exit 4\r\n/ # ");
}

#[tokio::test]
async fn endless_scripts_hurt_nobody_and_can_be_killed() {
    for script in [
        "while true; do true; done",
        "while true; do :; done >/dev/null",
        "while true; do echo flood; done >/dev/null",
        "sh -c 'while true; do X=$(echo y); done'",
    ] {
        let machine = Machine::new();
        let killing = async {
            // On the same thread as the script: it runs only if the script gives way.
            tokio::time::sleep(Duration::from_millis(20)).await;
            machine.process.deliver(Signal::KILL);
        };
        let (code, ()) = tokio::join!(machine.run(&["sh", "-c", script]), killing);
        assert_eq!(code, 137, "{script}");
    }
}

#[tokio::test]
async fn what_grows_is_bounded() {
    for (script, complaint) in [
        ("x=xxxxxxxx; while true; do x=$x$x; done", "sh: out of memory: kubedock's in-memory backend holds 1 MiB of variables\n"),
        ("x=xxxxxxxx; while true; do x=\"$x$x\"; echo $x$x$x$x$x$x$x$x >/dev/null; done", "sh: Argument list too long\n"),
        ("while true; do sleep 9 & done", "sh: can't fork: Resource temporarily unavailable\n"),
        (
            "x=$(while echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; do :; done)",
            "sh: echo: write error: a command substitution holds at most 524288 bytes\n",
        ),
        ("echo 'sh /tmp/s' > /tmp/s; sh /tmp/s", "/tmp/s: too deeply nested for kubedock's in-memory backend\n"),
        ("while echo 0123456789012345678901234567890123456789 >> /tmp/f; do :; done", "sh: echo: write error: No space left on device\n"),
    ] {
        let machine = Machine::new();
        machine.run(&["sh", "-c", script]).await;
        assert_eq!(machine.err(), complaint, "{script}");
    }
}

/// The deepest nesting that is allowed fits into half the stack of a worker.
#[test]
fn the_deepest_nesting_fits_into_the_stack() {
    let nested = |open: &str, close: &str, depth: usize| format!("{}echo deep{}", open.repeat(depth), close.repeat(depth));
    let test = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let run = |argv: &[&str]| {
            let machine = Machine::new();
            runtime.block_on(machine.run(argv));
            let (out, err) = (machine.out(), machine.err());
            assert!(out == "deep\n" || err.contains("too deeply nested"), "{argv:?}: {out} {err}");
        };
        for (open, close) in [
            ("( ", " )"),
            ("{ ", "; }"),
            ("if true; then ", "; fi"),
            ("echo $(", ")"),
            ("while ! ( ", " ); do false; done"),
            ("true | ( ", " )"),
        ] {
            let parsed = |depth: &usize| parser::parse(&nested(open, close, *depth)).is_ok();
            let deepest = (1..30).rev().find(parsed).unwrap();
            assert!(deepest >= 7, "{open} {deepest}");
            run(&["sh", "-c", &nested(open, close, deepest)]);
            assert!(parser::parse(&nested(open, close, 10_000)).is_err());
        }
        run(&["sh", "-c", "echo 'echo $(env sh /tmp/s)' > /tmp/s; exec sh /tmp/s"]);
        let many: Vec<&str> = std::iter::repeat_n("env", 200).collect();
        run(&many);
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(test).unwrap().join().unwrap();
}

fn script() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "if ", "then ", "fi ", "while ", "do ", "done ", "for ", "x ", "in ", "; ", "&& ", "|| ", "| ", "& ", "( ", ") ", "{ ", "} ", "\n",
        "'", "\"", "$", "$(", "$((", "${", "}", "`", "\\", ">", "<", ">&", "2", "1 ", "A=", "#", "é", "!", "echo ", ":-",
    ]);
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn any_text_is_understood_or_refused(text in any::<String>()) {
        let _ = parser::parse(&text);
    }

    #[test]
    fn any_script_is_understood_or_refused(text in script()) {
        let _ = parser::parse(&text);
    }

    /// What is in single quotes is what a program gets.
    #[test]
    fn quoted_text_is_kept(text in "[^'\0]*") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let machine = Machine::new();
        runtime.block_on(machine.run(&["sh", "-c", &format!("printf %s '{text}'")]));
        prop_assert!(machine.out() == text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a script does, it ends or can be left, and nothing panics.
    #[test]
    fn any_script_can_be_run(text in script()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let machine = Machine::with_input(b"1\n2\n");
            let run = machine.run(&["sh", "-c", &text]);
            let _ = tokio::time::timeout(Duration::from_millis(50), run).await;
            machine.system.halt();
        });
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_do_not_matter() {
    let machine = Machine::with_input(b"echo \xff\n");
    assert_eq!(machine.run(&["sh"]).await, 0);
    assert_eq!(machine.out(), "\u{fffd}\n");
}
