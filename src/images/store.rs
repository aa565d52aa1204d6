//! What is known about images.

use std::collections::{BTreeMap, HashMap};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::{ContainerId, Error, Image, ImageId, ImageRef, Result};

/// Images, and the names that point at them.
#[derive(Default)]
struct State {
    images: HashMap<ImageId, Image>,
    /// By tag, or by digest; no name has both.
    names: BTreeMap<ImageRef, ImageId>,
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
        let same = Wanted::parse(asked).ok().and_then(|wanted| state.resolve(&wanted, asked)).is_some_and(|found| found.id == *image);
        if same { asked.to_owned() } else { image.to_string() }
    }

    /// The image meant by a whole id, a name, or a unique beginning of an id, in this order (moby `ImageService.GetImage`).
    pub(crate) fn find(&self, name: &str) -> Result<Image> {
        let wanted = Wanted::parse(name)?;
        self.read().resolve(&wanted, name).cloned().ok_or_else(|| wanted.missing())
    }

    /// Keeps a pulled image under the name it was pulled by and by its digest; whether that changed what the name means.
    pub(super) fn add(&self, reference: &ImageRef, image: Image) -> bool {
        let mut state = self.write();
        let id = image.id.clone();
        let by_digest = image.digest.as_deref().and_then(|digest| reference.pinned(digest));
        let mut new = state.images.insert(id.clone(), image).is_none();
        // With a digest in the name the tag says nothing: the name is kept by its digest alone.
        let by_name = match reference.digest() {
            Some(digest) => reference.pinned(digest),
            None => Some(reference.clone()),
        };
        for name in by_name.into_iter().chain(by_digest) {
            new |= state.names.insert(name, id.clone()).is_none_or(|before| before != id);
        }
        new
    }

    /// Gives an image a further name, taking it from any other.
    pub(super) fn tag(&self, name: &ImageRef, image: &ImageId) -> Result<()> {
        let mut state = self.write();
        if !state.images.contains_key(image) {
            return Err(Error::NotFound(format!("No such image: {image}")));
        }
        state.names.insert(name.clone(), image.clone());
        Ok(())
    }

    /// The names of an image.
    pub(super) fn names(&self, image: &ImageId) -> Vec<ImageRef> {
        self.read().names.iter().filter(|(_, id)| *id == image).map(|(name, _)| name.clone()).collect()
    }

    /// Takes a name from this image; whether it had it.
    pub(super) fn untag(&self, name: &ImageRef, image: &ImageId) -> bool {
        let mut state = self.write();
        let had = state.names.get(name) == Some(image);
        if had {
            state.names.remove(name);
        }
        had
    }

    /// Forgets an image that has no name left; whether that could be done.
    pub(super) fn delete(&self, image: &ImageId) -> bool {
        let mut state = self.write();
        !state.names.values().any(|id| id == image) && state.images.remove(image).is_some()
    }

    /// All images and their names.
    pub(super) fn all(&self) -> Vec<(Image, Vec<ImageRef>)> {
        let state = self.read();
        let mut names: HashMap<&ImageId, Vec<ImageRef>> = HashMap::new();
        for (name, id) in &state.names {
            names.entry(id).or_default().push(name.clone());
        }
        state.images.values().map(|image| (image.clone(), names.remove(&image.id).unwrap_or_default())).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().expect("invariant: no panic while holding it")
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().expect("invariant: no panic while holding it")
    }
}

impl State {
    fn resolve(&self, wanted: &Wanted, text: &str) -> Option<&Image> {
        match wanted {
            Wanted::Id(id) => self.images.get(id),
            Wanted::Name(name) => {
                let by_digest = name.digest().and_then(|digest| name.pinned(digest));
                let id = self.names.get(by_digest.as_ref().unwrap_or(name));
                id.and_then(|id| self.images.get(id)).or_else(|| self.starting_with(text))
            }
        }
    }

    /// The only image whose id begins so.
    fn starting_with(&self, text: &str) -> Option<&Image> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let mut matching = self.images.values().filter(|image| !digits.is_empty() && image.id.digits().starts_with(digits));
        matching.next().filter(|_| matching.next().is_none())
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
