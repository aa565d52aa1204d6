use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{Descriptor, HistoryEntry, ImageConfig, ImageId};
use futures_util::future::{join_all, pending};

use super::*;

fn question(name: &str) -> Question {
    Question::new(&ImageRef::parse(name).unwrap(), &Platform::linux("amd64"), None)
}

fn digest(number: u8) -> String {
    format!("sha256:{}", format!("{number:02x}").repeat(32))
}

fn image(number: u8) -> Image {
    let descriptor = Descriptor { media_type: String::new(), digest: digest(number), size: 1 };
    Image { descriptor: Some(descriptor), ..Image::bare(ImageId::parse(&digest(number)).unwrap(), Platform::linux("amd64")) }
}

async fn found(image: Image) -> PortResult<Arc<Image>> {
    Ok(Arc::new(image))
}

async fn failed(kind: Kind) -> PortResult<Arc<Image>> {
    Err(PortError::new(kind, "no"))
}

#[test]
fn questions_differ_by_all_they_ask() {
    let password = |username: &str, password: &str| Credentials::Password { username: username.to_owned(), password: password.to_owned() };
    let ask = |name: &str, platform: &str, credentials: Option<&Credentials>| {
        Question::new(&ImageRef::parse(name).unwrap(), &Platform::parse(platform).unwrap(), credentials)
    };
    let token = Credentials::Token("b".to_owned());
    let all = [
        ask("redis", "amd64", None),
        ask("redis:7", "amd64", None),
        ask("quay.io/library/redis", "amd64", None),
        ask("redis", "arm64", None),
        ask("redis", "arm64/v8", None),
        ask("redis", "amd64", Some(&password("a", "b"))),
        ask("redis", "amd64", Some(&password("ab", ""))),
        ask("redis", "amd64", Some(&password("", "b"))),
        ask("redis", "amd64", Some(&token)),
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(!all[..index].contains(one), "{one:?}");
    }
    assert_eq!(ask("docker.io/library/redis:latest", "linux/x86_64", None), all[0]);
    let shown = format!("{:?}", ask("redis", "amd64", Some(&password("ann", "secret"))));
    assert!(!shown.contains("secret") && !shown.contains("ann"), "{shown}");
}

#[tokio::test]
async fn those_who_ask_at_once_share_the_answer_and_the_failure() {
    let answers = Answers::new(Duration::from_secs(60));
    let asked = AtomicUsize::new(0);
    for kind in [None, Some(Kind::NotFound), Some(Kind::Unauthorized), Some(Kind::Unavailable)] {
        asked.store(0, Ordering::Relaxed);
        let question = question(&format!("x:{}", kind.map_or("ok".to_owned(), |kind| format!("{kind:?}"))));
        let one = || {
            answers.get_or_ask(&question, async {
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
                match kind {
                    Some(kind) => failed(kind).await,
                    None => found(image(1)).await,
                }
            })
        };
        let all = join_all((0..50).map(|_| one())).await;
        assert!(all.iter().all(|one| one.as_ref().err().map(|error| error.kind) == kind));
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn whoever_gives_up_takes_nothing_from_the_others() {
    let answers = Arc::new(Answers::new(Duration::from_secs(60)));
    let (one, other) = (answers.clone(), answers.clone());
    let first = tokio::task::JoinSet::from_iter([async move { one.get_or_ask(&question("x"), pending()).await }]);
    tokio::task::yield_now().await;
    let second = tokio::task::JoinSet::from_iter([async move { other.get_or_ask(&question("x"), found(image(1))).await }]);
    tokio::task::yield_now().await;
    drop(first);
    let answer = tokio::time::timeout(Duration::from_secs(5), second.join_all()).await.unwrap();
    assert!(answer[0].is_ok());
}

#[tokio::test]
async fn failures_of_the_moment_are_remembered_and_others_are_not() {
    let answers = Answers::new(Duration::from_millis(100));
    for (kind, remembered) in [(Kind::Unavailable, true), (Kind::Timeout, true), (Kind::NotFound, false), (Kind::Unauthorized, false)] {
        let question = question(&format!("x:{kind:?}"));
        assert_eq!(answers.get_or_ask(&question, failed(kind)).await.unwrap_err().kind, kind);
        assert_eq!(answers.get_or_ask(&question, found(image(1))).await.is_err(), remembered, "{kind:?}");
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(answers.get_or_ask(&question("x:Timeout"), found(image(1))).await.is_ok());
}

#[tokio::test]
async fn those_who_have_no_time_share_what_was_found_but_not_that_it_took_too_long() {
    let answers = Answers::new(Duration::from_secs(60));
    let hasty = |name: &str| question(name).hasty();
    answers.get_or_ask(&hasty("x:1"), failed(Kind::Timeout)).await.unwrap_err();
    answers.get_or_ask(&question("x:1"), found(image(1))).await.unwrap();
    answers.get_or_ask(&hasty("x:2"), found(image(2))).await.unwrap();
    assert_eq!(answers.get_or_ask(&hasty("x:2"), failed(Kind::Internal)).await.unwrap(), Arc::new(image(2)));
    assert_eq!(answers.image(&question("x:2"), &digest(2)).await, Some(Arc::new(image(2))));
    assert_eq!(answers.get_or_ask(&question("x:2"), failed(Kind::Internal)).await.unwrap(), Arc::new(image(2)));
    // What was pushed meanwhile is what a pull is for.
    tokio::time::sleep(CROWD + Duration::from_millis(50)).await;
    assert_eq!(answers.get_or_ask(&question("x:2"), found(image(3))).await.unwrap(), Arc::new(image(3)));
    answers.get_or_ask(&question("x:3"), found(image(3))).await.unwrap();
    assert!(answers.get_or_ask(&hasty("x:3"), failed(Kind::Internal)).await.is_ok());
}

#[tokio::test]
async fn tags_are_asked_again_and_digests_are_not() {
    let answers = Answers::new(Duration::from_millis(100));
    let id = |answer: PortResult<Arc<Image>>| answer.unwrap().id.to_string();
    assert_eq!(id(answers.get_or_ask(&question("x:1"), found(image(1))).await), digest(1));
    assert_eq!(id(answers.get_or_ask(&question("x:1"), found(image(2))).await), digest(1));
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(id(answers.get_or_ask(&question("x:1"), found(image(2))).await), digest(2));
    for number in [1, 2] {
        assert_eq!(answers.image(&question("x:other"), &digest(number)).await, Some(Arc::new(image(number))));
    }
    assert_eq!(answers.image(&question("y:1"), &digest(1)).await, None);
}

#[tokio::test]
async fn a_pull_shares_only_what_was_told_just_now() {
    let answers = Answers::new(Duration::from_secs(60));
    answers.get_or_ask(&question("x:1"), found(image(1))).await.unwrap();
    assert_eq!(answers.get_or_ask(&question("x:1"), found(image(2))).await.unwrap(), Arc::new(image(1)));
    tokio::time::sleep(CROWD + Duration::from_millis(50)).await;
    assert_eq!(answers.get_or_ask(&question("x:1"), found(image(2))).await.unwrap(), Arc::new(image(2)));
}

#[tokio::test]
async fn what_is_kept_is_limited() {
    let answers = Answers::new(Duration::from_secs(60));
    for number in 0..1000 {
        let name = format!("x:{number}");
        answers.get_or_ask(&question(&name), found(image(u8::try_from(number % 256).unwrap()))).await.unwrap();
    }
    answers.by_name.run_pending_tasks().await;
    assert!(answers.by_name.weighted_size() <= MOST_BYTES && answers.by_name.entry_count() <= 256);
    // Larger than all together may be.
    let huge = Image { comment: "x".repeat(9 << 20), ..image(1) };
    assert!(answers.get_or_ask(&question("huge"), found(huge)).await.is_ok());
    answers.by_name.run_pending_tasks().await;
    answers.by_digest.run_pending_tasks().await;
    assert!(answers.by_name.weighted_size() <= MOST_BYTES && answers.by_digest.weighted_size() <= MOST_BYTES);
    assert!(!answers.by_name.contains_key(&question("huge")));
}

#[test]
fn images_weigh_what_they_hold() {
    assert_eq!(weight(&image(1)), LEAST_BYTES);
    let many = 100_000;
    let texts = vec![String::new(); many];
    let config = |config: ImageConfig| Image { config: Some(config), ..image(1) };
    for heavy in [
        Image { layers: texts.clone(), ..image(1) },
        Image { history: vec![HistoryEntry::default(); many], ..image(1) },
        config(ImageConfig { env: texts.clone(), ..ImageConfig::default() }),
        config(ImageConfig { cmd: Some(texts.clone()), ..ImageConfig::default() }),
        config(ImageConfig { on_build: texts, ..ImageConfig::default() }),
        config(ImageConfig { labels: (0..many).map(|number| (number.to_string(), String::new())).collect(), ..ImageConfig::default() }),
    ] {
        assert!(weight(&heavy) > 2 << 20, "{}", weight(&heavy));
    }
}
