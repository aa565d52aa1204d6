use crate::testing::Machine;

/// Runs a command and compares what it prints, what it complains about, and its exit code.
async fn check(argv: &[&str], out: &str, err: &str, code: i32) {
    let machine = Machine::new();
    let ended = machine.run(argv).await;
    assert_eq!((machine.out().as_str(), machine.err().as_str(), ended), (out, err, code), "{argv:?}");
}

/// The exit code of `test`.
async fn test(words: &[&str], code: i32) {
    let machine = Machine::new();
    let argv: Vec<&str> = ["test"].iter().chain(words).copied().collect();
    assert_eq!(machine.run(&argv).await, code, "{words:?} {}", machine.err());
    let argv: Vec<&str> = ["["].iter().chain(words).chain(&["]"]).copied().collect();
    assert_eq!(machine.run(&argv).await, code, "{words:?} {}", machine.err());
}

#[tokio::test]
async fn print() {
    check(&["echo", "a", "b  c"], "a b  c\n", "", 0).await;
    check(&["echo", "-n", "a\\tb"], "a\\tb", "", 0).await;
    check(&["echo", "-ne", "a\\tb\\n"], "a\tb\n", "", 0).await;
    check(&["echo", "-x", "-n"], "-x -n\n", "", 0).await;
    check(&["printf", "%s,", "a", "b"], "a,b,", "", 0).await;
    check(&["printf", "$(HOME) 100%%\\n"], "$(HOME) 100%\n", "", 0).await;
    check(&["printf", "%d\n", "abc"], "0\n", "printf: invalid number 'abc'\n", 1).await;
    check(&["cat", "/etc/hostname", "/no", "/etc/hostname"], "testing\ntesting\n", "cat: can't open '/no': No such file or directory\n", 1)
        .await;
    check(&["cat"], "", "", 0).await;
    let machine = Machine::with_input(b"in\n");
    assert_eq!(machine.run(&["cat", "/etc/hostname", "-"]).await, 0);
    assert_eq!(machine.out(), "testing\nin\n");
    let machine = Machine::new();
    assert_eq!(machine.run(&["/hello"]).await, 0);
    assert!(machine.out().contains("Hello from Docker!") && machine.out().contains("in-memory backend"));
}

#[tokio::test]
async fn test_compares() {
    for (words, code) in [
        (["1", "-lt", "2"], 0),
        (["2", "-le", "1"], 1),
        (["a", "=", "a"], 0),
        (["=", "=", "="], 0),
        (["!", "=", "!"], 0),
        (["a", "!=", "a"], 1),
        (["/etc/passwd", "-nt", "/nothing"], 0),
        (["a", "-eq", "1"], 2),
    ] {
        test(&words, code).await;
    }
    test(&[], 1).await;
    test(&[""], 1).await;
    test(&["-n"], 0).await;
    test(&["-z", ""], 0).await;
    test(&["!", "a"], 1).await;
    test(&["!", "-f", "/etc"], 0).await;
    test(&["-d", "/etc", "-a", "-f", "/etc/passwd"], 0).await;
    test(&["-d", "/no", "-o", "-x", "/bin/sh"], 0).await;
    test(&["-x", "/etc/passwd"], 1).await;
    test(&["-L", "/usr/bin"], 0).await;
    test(&["-s", "/dev/null"], 1).await;
    test(&["-t", "0"], 1).await;
    test(&["a", "b"], 2).await;
    check(&["[", "1"], "", "[: missing ]\n", 2).await;
}

#[tokio::test]
async fn deal_with_files() {
    check(&["ls"], "bin\ndev\netc\nhello\nhome\nroot\ntmp\nusr\nvar\n", "", 0).await;
    check(&["ls", "/etc/passwd", "/tmp", "/no"], "/etc/passwd\n\n/tmp:\n", "ls: /no: No such file or directory\n", 1).await;
    check(&["ls", "-d", "/tmp"], "/tmp\n", "", 0).await;
    check(&["ls", "-l"], "", "ls: unrecognized option: l (in kubedock's in-memory backend)\n", 1).await;
    let machine = Machine::new();
    for (argv, code) in [
        (["mkdir", "-p", "/a/b/c"], 0),
        (["mkdir", "/tmp", "/x/y"], 1),
        (["touch", "/a/b/.f", "/a/g"], 0),
        (["rm", "/a", "/no"], 1),
        (["rm", "-f", "/no"], 0),
        (["ls", "-A", "/a/b"], 0),
        (["rm", "-r", "/a"], 0),
        (["ls", "-a", "/home"], 0),
    ] {
        assert_eq!(machine.run(&argv).await, code, "{argv:?}");
    }
    assert_eq!(machine.out(), ".f\nc\n.\n..\n");
    let complaints = "mkdir: can't create directory '/tmp': File exists\n\
        mkdir: can't create directory '/x/y': No such file or directory\n\
        rm: '/a' is a directory\nrm: can't remove '/no': No such file or directory\n";
    assert_eq!(machine.err(), complaints);
}

#[tokio::test]
async fn tell_who_and_where() {
    check(&["id"], "uid=0(root) gid=0(root)\n", "", 0).await;
    check(&["id", "-u"], "0\n", "", 0).await;
    check(&["whoami"], "root\n", "", 0).await;
    check(&["hostname"], "testing\n", "", 0).await;
    check(&["pwd"], "/\n", "", 0).await;
    check(&["stty", "size"], "", "stty: standard input: Inappropriate ioctl for device\n", 1).await;
}

#[tokio::test]
async fn run_others() {
    check(&["env", "-i", "A=b", "C=", "env"], "A=b\nC=\n", "", 0).await;
    check(&["env", "-u", "HOME"], "", "", 0).await;
    check(&["env", "sh", "-c", "exit 3"], "", "", 3).await;
    check(&["env", "foo"], "", "env: can't execute 'foo': No such file or directory\n", 127).await;
    check(&["sleep", "0.01"], "", "", 0).await;
    check(&["sleep", "x"], "", "sleep: invalid number 'x'\n", 1).await;
    check(&["kill", "99"], "", "kill: can't kill pid 99: No such process\n", 1).await;
    check(&["kill", "-0", "1"], "", "", 0).await;
    check(&["kill", "-FOO", "1"], "", "kill: bad signal name 'FOO'\n", 1).await;
    check(&["false"], "", "", 1).await;
    let many: Vec<&str> = std::iter::repeat_n("env", 100).collect();
    check(&many, "", "env: too deeply nested for kubedock's in-memory backend\n", 126).await;
}
