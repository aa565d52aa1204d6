//! What is known about images.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::{ContainerId, Error, Image, ImageId, ImageRef, PullPolicy, Result};

/// An image, and what its registry has to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// The image.
    pub(crate) image: Arc<Image>,
    /// Where it comes from: what it was pulled by.
    pub(super) source: ImageRef,
    /// Why nothing is known about it, if that is so.
    pub(crate) unknown_because: Option<String>,
}

impl Known {
    /// Whether what is known is what counts; else its registry is to be asked.
    pub(super) fn is_certain(&self, policy: PullPolicy) -> bool {
        self.unknown_because.is_none() && policy != PullPolicy::Always
    }
}

/// A name of an image.
struct Name {
    image: ImageId,
    /// Whether its registry knows it by this name; else only we do.
    pulled: bool,
}

/// Images, and the names that point at them.
#[derive(Default)]
struct State {
    images: HashMap<ImageId, Known>,
    /// By tag, or by digest; no name has both.
    names: BTreeMap<ImageRef, Name>,
    /// The names in the order in which they were given.
    order: VecDeque<ImageRef>,
}

/// All images. Its lock is an innermost one: whoever holds it asks for no other.
#[derive(Default)]
pub(crate) struct ImageStore(RwLock<State>);

impl ImageStore {
    /// How many are known.
    pub(crate) fn len(&self) -> usize {
        self.read().images.len()
    }

    /// The name to show for a container's image: what was asked for, or the id if that name does not belong to this image (any more).
    pub(crate) fn display_name(&self, asked: &str, image: &ImageId) -> String {
        let state = self.read();
        let same = Wanted::parse(asked).ok().and_then(|wanted| state.resolve(&wanted, asked)).is_some_and(|found| found.image.id == *image);
        if same { asked.to_owned() } else { image.to_string() }
    }

    /// The name by which a node finds the image that was asked for: that name if registries know it, else what the image was pulled by.
    pub(crate) fn pull_name(&self, asked: &str, known: &Known) -> String {
        match self.pulled_name(asked) {
            Some(_) => asked.to_owned(),
            None => known.image.digest().and_then(|digest| known.source.pinned(digest)).as_ref().unwrap_or(&known.source).to_string(),
        }
    }

    /// What the text means if that is a name by which registries know an image that is known here.
    pub(super) fn pulled_name(&self, text: &str) -> Option<ImageRef> {
        match Wanted::parse(text) {
            Ok(Wanted::Name(name)) if self.read().name(&name).is_some_and(|name| name.pulled) => Some(name),
            _ => None,
        }
    }

    /// The image meant by a whole id, a name, or a unique beginning of an id, in this order (moby `ImageService.GetImage`).
    pub(crate) fn find(&self, name: &str) -> Result<Arc<Image>> {
        self.look(name).map(|known| known.image)
    }

    /// As [`Self::find`], with what its registry has to do with it.
    pub(super) fn look(&self, name: &str) -> Result<Known> {
        let wanted = Wanted::parse(name)?;
        self.read().resolve(&wanted, name).cloned().ok_or_else(|| wanted.missing())
    }

    /// Keeps a pulled image under the name it was pulled by and by its digest; whether that changed what the name means.
    pub(super) fn add(&self, reference: &ImageRef, image: Arc<Image>) -> bool {
        self.write().add(Known { image, source: reference.clone(), unknown_because: None })
    }

    /// Keeps what the registry now says about an image that was known already.
    pub(super) fn refresh(&self, reference: &ImageRef, image: Arc<Image>) -> Known {
        let unknown_because = match image.config {
            Some(_) => None,
            None => self.look(&reference.to_string()).ok().and_then(|known| known.unknown_because),
        };
        let known = Known { image, source: reference.clone(), unknown_because };
        self.write().add(known.clone());
        known
    }

    /// Keeps a name of which nothing is known, and logs why if that is news.
    pub(super) fn assume(&self, reference: &ImageRef, image: Arc<Image>, reason: String) -> Known {
        let known = Known { image, source: reference.clone(), unknown_because: Some(reason.clone()) };
        if self.write().add(known.clone()) {
            let advice =
                "the nodes of the cluster decide; registry.mirrors and proxies show the server a way, --inspector=false asks nobody";
            tracing::warn!(image = reference.familiar(), reason, advice, "nothing is known about this image");
        }
        known
    }

    /// Gives an image a further name, taking it from any other.
    pub(super) fn tag(&self, name: &ImageRef, image: &ImageId) -> Result<()> {
        let mut state = self.write();
        if !state.images.contains_key(image) {
            return Err(Error::NotFound(format!("No such image: {image}")));
        }
        let pulled = state.names.get(name).is_some_and(|before| before.pulled && before.image == *image);
        state.give(name, Name { image: image.clone(), pulled });
        Ok(())
    }

    /// The names of an image.
    pub(super) fn names(&self, image: &ImageId) -> Vec<ImageRef> {
        self.read().names.iter().filter(|(_, name)| name.image == *image).map(|(reference, _)| reference.clone()).collect()
    }

    /// Takes a name from this image; whether it had it.
    pub(super) fn untag(&self, reference: &ImageRef, image: &ImageId) -> bool {
        let mut state = self.write();
        let had = state.names.get(reference).is_some_and(|name| name.image == *image);
        if had {
            state.names.remove(reference);
            state.order.retain(|other| other != reference);
        }
        had
    }

    /// Forgets an image that has no name left; whether that could be done.
    pub(super) fn delete(&self, image: &ImageId) -> bool {
        let mut state = self.write();
        !state.names.values().any(|name| name.image == *image) && state.images.remove(image).is_some()
    }

    /// How many names there are, and how much memory the images take.
    pub(super) fn extent(&self) -> (usize, usize) {
        let state = self.read();
        (state.names.len(), state.images.values().map(|known| known.image.weight()).sum())
    }

    /// Forgets the oldest names until no more than `names` and `bytes` are left, and then the images without one; those of `used` keep theirs.
    pub(super) fn forget_oldest(&self, most: (usize, usize), used: &HashSet<ImageId>) {
        let (names_now, bytes_now) = self.extent();
        let (mut names_over, mut bytes_over) = (names_now.saturating_sub(most.0), bytes_now.saturating_sub(most.1));
        let mut state = self.write();
        let State { images, names, order } = &mut *state;
        let mut forgotten = HashSet::new();
        order.retain(|reference| {
            let Some(image) = names.get(reference).map(|name| name.image.clone()) else { return false };
            // One that takes too much memory goes with all its names.
            let heavy = bytes_over > 0 || forgotten.contains(&image);
            if used.contains(&image) || !(heavy || names_over > 0) {
                return true;
            }
            names.remove(reference);
            names_over = names_over.saturating_sub(1);
            if heavy && forgotten.insert(image.clone()) {
                bytes_over = bytes_over.saturating_sub(images.get(&image).map_or(0, |known| known.image.weight()));
            }
            false
        });
        let named: HashSet<&ImageId> = names.values().map(|name| &name.image).collect();
        images.retain(|id, _| named.contains(id) || used.contains(id));
    }

    /// All images and their names.
    pub(super) fn all(&self) -> Vec<(Arc<Image>, Vec<ImageRef>)> {
        let state = self.read();
        let mut names: HashMap<&ImageId, Vec<ImageRef>> = HashMap::new();
        for (reference, name) in &state.names {
            names.entry(&name.image).or_default().push(reference.clone());
        }
        state.images.values().map(|known| (known.image.clone(), names.remove(&known.image.id).unwrap_or_default())).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().expect("invariant: no panic while holding it")
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().expect("invariant: no panic while holding it")
    }
}

impl State {
    /// Keeps an image under the name it was pulled by and by its digest; whether that changed what a name means.
    fn add(&mut self, known: Known) -> bool {
        let (id, reference) = (known.image.id.clone(), &known.source);
        let by_digest = known.image.digest().and_then(|digest| reference.pinned(digest));
        // With a digest in the name the tag says nothing: the name is kept by its digest alone.
        let by_name = match reference.digest() {
            Some(digest) => reference.pinned(digest),
            None => Some(reference.clone()),
        };
        let mut new = self.images.insert(id.clone(), known).is_none();
        for reference in by_name.into_iter().chain(by_digest) {
            new |= self.give(&reference, Name { image: id.clone(), pulled: true }).is_none_or(|before| before.image != id);
        }
        new
    }

    /// Gives a name, and returns what it stood for.
    fn give(&mut self, reference: &ImageRef, name: Name) -> Option<Name> {
        let before = self.names.insert(reference.clone(), name);
        if before.is_none() {
            self.order.push_back(reference.clone());
        }
        before
    }

    fn name(&self, name: &ImageRef) -> Option<&Name> {
        let by_digest = name.digest().and_then(|digest| name.pinned(digest));
        self.names.get(by_digest.as_ref().unwrap_or(name))
    }

    fn resolve(&self, wanted: &Wanted, text: &str) -> Option<&Known> {
        match wanted {
            Wanted::Id(id) => self.images.get(id),
            Wanted::Name(name) => self.name(name).and_then(|name| self.images.get(&name.image)).or_else(|| self.starting_with(text)),
        }
    }

    /// The only image whose id begins so.
    fn starting_with(&self, text: &str) -> Option<&Known> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let mut matching = self.images.iter().filter(|(id, _)| !digits.is_empty() && id.digits().starts_with(digits));
        matching.next().filter(|_| matching.next().is_none()).map(|(_, known)| known)
    }
}

/// What a client means by a text (github.com/distribution/reference, `ParseAnyReference`).
enum Wanted {
    Id(ImageId),
    Name(ImageRef),
}

impl Wanted {
    fn parse(text: &str) -> Result<Self> {
        let digest = if ContainerId::parse(text).is_some() { format!("sha256:{text}") } else { text.to_owned() };
        match ImageId::parse(&digest) {
            Some(id) => Ok(Self::Id(id)),
            None => ImageRef::parse(text).map(Self::Name),
        }
    }

    fn missing(&self) -> Error {
        let name = match self {
            Self::Id(id) => id.to_string(),
            Self::Name(name) => name.familiar(),
        };
        Error::NotFound(format!("No such image: {name}"))
    }
}

/// Whether `text` is an id or the beginning of this image's id, rather than a name (moby `isImageIDPrefix`).
pub(super) fn is_id_of(text: &str, image: &ImageId) -> bool {
    image.as_str().starts_with(text) || image.digits().starts_with(text)
}
