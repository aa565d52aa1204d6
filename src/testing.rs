//! An outside for the tests of use cases that need none: a clock that is set, ids that count, a catalogue that is written, and no cluster.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::{
    Cause, ContainerSpec, Credentials, Descriptor, Distribution, ExecSpec, Exit, Filters, Image, ImageConfig, ImageId, ImageRef, Platform,
    Run, Signal, Timestamp, Workload,
};
use futures_util::{FutureExt, StreamExt, stream};
use ports::{
    AttachPlan, Clock, Cluster, Containers, CreateContainer, EventQuery, HostInfo, Ids, ImageCatalog, Images, Keychain, Kind, LogQuery,
    LogStream, Logs, PortError, PortResult, ProcessIo, ProcessStream, Processes, WorkloadStream, Workloads,
};

use crate::core::{Core, EngineSettings, Outbound};
use crate::daemon::Handle;
use crate::networks::{attach_endpoints, detach_endpoints};
use crate::registry::Entry;

/// The outside.
#[derive(Default)]
pub(crate) struct Outside {
    seconds: AtomicI64,
    ids: AtomicU8,
    catalogue: Mutex<HashMap<String, Image>>,
    /// How every look into the catalogue fails, if it does.
    failing: Mutex<Option<Kind>>,
    /// The looks into the catalogue: name, platform and credentials.
    asked: Mutex<Vec<String>>,
    /// How many of them were in a hurry.
    hasty: AtomicU8,
}

impl Clock for Outside {
    fn now(&self) -> Timestamp {
        at(self.seconds.load(Ordering::Relaxed))
    }
}

impl Ids for Outside {
    fn bytes(&self) -> [u8; 32] {
        // The letter keeps the short forms from being numbers.
        let number = self.ids.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0xa0; 32];
        bytes[1] = number;
        bytes
    }
}

#[async_trait]
impl ImageCatalog for Outside {
    async fn resolve(&self, reference: &ImageRef, platform: &Platform, credentials: Option<&Credentials>) -> PortResult<Arc<Image>> {
        self.asked.lock().unwrap().push(format!("{} {platform} {}", reference.familiar(), shown(credentials)));
        if let Some(kind) = *self.failing.lock().unwrap() {
            // Whoever is silent is waited for.
            self.seconds.fetch_add(if kind == Kind::Timeout { 5 } else { 0 }, Ordering::Relaxed);
            return Err(PortError::new(kind, "the registry is on fire"));
        }
        let image = self.catalogue.lock().unwrap().get(&reference.familiar()).cloned();
        image.map(Arc::new).ok_or_else(|| PortError::new(Kind::NotFound, format!("manifest for {} not found", reference.familiar())))
    }
    async fn resolve_soon(&self, reference: &ImageRef, platform: &Platform, credentials: Option<&Credentials>) -> PortResult<Arc<Image>> {
        self.hasty.fetch_add(1, Ordering::Relaxed);
        self.resolve(reference, platform, credentials).await
    }
    async fn distribution(&self, reference: &ImageRef, _: Option<&Credentials>) -> PortResult<Distribution> {
        Err(PortError::new(Kind::Unsupported, format!("{} is nowhere", reference.familiar())))
    }
    async fn login(&self, registry: &str, credentials: &Credentials) -> PortResult<()> {
        match credentials {
            Credentials::Token(_) => Ok(()),
            Credentials::Password { .. } => Err(PortError::new(Kind::Unauthorized, format!("{registry} does not know you"))),
        }
    }
}

#[async_trait]
impl Keychain for Outside {
    async fn credentials(&self, registry: &str) -> PortResult<Option<Credentials>> {
        Ok((registry == "configured.io").then(|| Credentials::Token("configured".to_owned())))
    }
}

/// Credentials that a test made.
fn shown(credentials: Option<&Credentials>) -> &str {
    match credentials {
        Some(Credentials::Token(text)) => text,
        Some(Credentials::Password { username, .. }) => username,
        None => "-",
    }
}

fn nothing<T>() -> PortResult<T> {
    Err(PortError::new(Kind::Unsupported, "there is no cluster here"))
}

#[async_trait]
impl Workloads for Outside {
    async fn launch(&self, _: &Workload) -> PortResult<()> {
        nothing()
    }
    async fn stop(&self, _: &Run, _: Option<Signal>, _: Duration) -> PortResult<()> {
        nothing()
    }
    async fn signal(&self, _: &Run, _: Signal) -> PortResult<()> {
        nothing()
    }
    async fn remove(&self, _: &Run) -> PortResult<()> {
        Ok(())
    }
    async fn remove_all(&self) -> PortResult<()> {
        Ok(())
    }
    fn watch(&self) -> WorkloadStream {
        stream::pending().boxed()
    }
}

#[async_trait]
impl Processes for Outside {
    async fn exec(&self, _: &Run, _: &ExecSpec, _: ProcessIo) -> PortResult<ProcessStream> {
        nothing()
    }
    async fn attach(&self, _: &Run, _: &AttachPlan, _: ProcessIo) -> PortResult<ProcessStream> {
        nothing()
    }
}

#[async_trait]
impl Logs for Outside {
    async fn read(&self, _: &Run, _: &LogQuery) -> PortResult<LogStream> {
        nothing()
    }
}

#[async_trait]
impl Cluster for Outside {
    async fn describe(&self) -> PortResult<HostInfo> {
        Ok(HostInfo::default())
    }
}

/// The use cases and their outside.
pub(crate) struct World {
    pub(crate) core: Arc<Core>,
    pub(crate) handle: Handle,
    outside: Arc<Outside>,
}

impl World {
    /// Second 1000; the image `alpine` is known.
    pub(crate) fn new() -> Self {
        Self::with(EngineSettings::default())
    }

    /// As [`Self::new`], with these settings.
    pub(crate) fn with(settings: EngineSettings) -> Self {
        let outside = Arc::new(Outside { seconds: 1000.into(), ..Outside::default() });
        let outbound = Outbound {
            workloads: outside.clone(),
            processes: outside.clone(),
            logs: outside.clone(),
            cluster: outside.clone(),
            images: outside.clone(),
            keychains: vec![outside.clone()],
            clock: outside.clone(),
            ids: outside.clone(),
        };
        let core = Core::new(outbound, settings);
        let world = Self { handle: Handle(core.clone()), core, outside };
        world.pull("alpine", 1, 10);
        world
    }

    /// Makes it `seconds` later.
    pub(crate) fn wait(&self, seconds: i64) {
        self.outside.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Pulls an image that is made up of `number`, built at second `created`.
    pub(crate) fn pull(&self, name: &str, number: u8, created: i64) -> Arc<Image> {
        let reference = ImageRef::parse(name).unwrap();
        self.offer(name, image(number, created));
        self.handle.pull(&reference, None, None).now_or_never().unwrap().unwrap().image
    }

    /// Puts an image into the catalogue.
    pub(crate) fn offer(&self, name: &str, image: Image) {
        self.outside.catalogue.lock().unwrap().insert(ImageRef::parse(name).unwrap().familiar(), image);
    }

    /// Makes every look into the catalogue fail, or none.
    pub(crate) fn fail(&self, kind: Option<Kind>) {
        *self.outside.failing.lock().unwrap() = kind;
    }

    /// The looks into the catalogue since the last time: name, platform and credentials.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.outside.asked.lock().unwrap())
    }

    /// How often the catalogue was looked into by somebody who does not wait long.
    pub(crate) fn hasty(&self) -> u8 {
        self.outside.hasty.load(Ordering::Relaxed)
    }

    /// Creates a container of `alpine` after `change` changed what is asked for.
    pub(crate) fn create(&self, name: &str, change: impl FnOnce(&mut ContainerSpec)) -> Arc<Entry> {
        let id = self.try_create(name, change).unwrap();
        self.core.containers.find(&id).unwrap()
    }

    pub(crate) fn try_create(&self, name: &str, change: impl FnOnce(&mut ContainerSpec)) -> domain::Result<String> {
        let mut spec = ContainerSpec::default();
        spec.config.image = "alpine".to_owned();
        spec.config.cmd = Some(vec!["true".to_owned()]);
        change(&mut spec);
        let request = CreateContainer { name: Some(name.to_owned()), spec, credentials: None };
        Containers::create(&self.handle, request).now_or_never().unwrap().map(|created| created.id.to_string())
    }

    /// Makes its process run.
    pub(crate) fn run(&self, entry: &Entry, address: &str) {
        let address: IpAddr = address.parse().unwrap();
        let events = entry.change(|inner| {
            let container = inner.edit();
            container.runs += 1;
            container.state.start(self.core.now()).unwrap();
            attach_endpoints(&self.core, container, Some(address))
        });
        events.into_iter().for_each(|event| self.core.events.publish(event));
    }

    /// Makes its process end.
    pub(crate) fn end(&self, entry: &Entry, code: i32) {
        let exit = Exit { code, cause: Cause::Ended, message: String::new(), started_at: None, finished_at: self.core.now() };
        let events = entry.change(|inner| {
            let container = inner.edit();
            container.state.end(&exit).unwrap();
            detach_endpoints(&self.core, container)
        });
        events.into_iter().for_each(|event| self.core.events.publish(event));
    }

    /// What happened to objects of `kind`: action, and the attributes `shown`.
    pub(crate) fn events(&self, kind: &str, shown: &[&str]) -> Vec<String> {
        let query = EventQuery { since: Some(at(0)), until: Some(self.core.now()), filters: filters(&[("type", kind)]) };
        let events: Vec<domain::Event> = self.core.events.stream(query, self.core.now()).collect().now_or_never().unwrap();
        let attributes = |event: &domain::Event| shown.iter().map(|key| format!(" {}", event.attributes[*key])).collect::<String>();
        events.iter().map(|event| format!("{}{}", event.action, attributes(event))).collect()
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(seconds * 1_000_000_000)
}

pub(crate) fn filters(pairs: &[(&str, &str)]) -> Filters {
    let mut all: HashMap<String, std::collections::BTreeSet<String>> = HashMap::new();
    for (key, value) in pairs {
        all.entry((*key).to_owned()).or_default().insert((*value).to_owned());
    }
    all.into_iter().collect()
}

pub(crate) fn image_id(number: u8) -> ImageId {
    ImageId::parse(&format!("sha256:{}", format!("{number:02x}").repeat(32))).unwrap()
}

pub(crate) fn image(number: u8, created: i64) -> Image {
    let labels = [("number".to_owned(), number.to_string())].into();
    let digest = format!("sha256:{}", format!("d{:x}", number % 16).repeat(32));
    Image {
        descriptor: Some(Descriptor { media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(), digest, size: 400 }),
        created: Some(at(created)),
        size: 1,
        config: Some(ImageConfig { labels, ..ImageConfig::default() }),
        ..Image::bare(image_id(number), Platform::linux("x86_64"))
    }
}
