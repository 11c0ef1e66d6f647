//! Why a file is not used.

use std::path::{Path, PathBuf};

/// Why a file or a folder is not used.
///
/// ```
/// use helseid_files::{FileError, Readers, create};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("key.pem");
/// create(&path, b"the first", Readers::Owner)?;
/// let refused: Option<FileError> = create(&path, b"the second", Readers::Owner).err();
/// assert_eq!(refused.and_then(|why| why.kind()), Some(std::io::ErrorKind::AlreadyExists));
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Others have a say in it.
    #[error("{} is not private: {why}", path.display())]
    NotPrivate {
        /// Which.
        path: PathBuf,
        /// Whose it is, or what others may do.
        why: String,
        /// The command that changes this.
        fix: String,
    },
    /// The system refused.
    #[error("{}: {why}", path.display())]
    System {
        /// Which.
        path: PathBuf,
        /// What it said.
        why: std::io::Error,
    },
}

impl FileError {
    /// The command that makes it private, where that is what is missing.
    #[must_use]
    pub fn fix(&self) -> Option<&str> {
        match self {
            Self::NotPrivate { fix, .. } => Some(fix),
            Self::System { .. } => None,
        }
    }

    /// Why, without the path.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::NotPrivate { why, .. } => why.clone(),
            Self::System { why, .. } => why.to_string(),
        }
    }

    /// What the system said, if it was that.
    #[must_use]
    pub fn kind(&self) -> Option<std::io::ErrorKind> {
        match self {
            Self::NotPrivate { .. } => None,
            Self::System { why, .. } => Some(why.kind()),
        }
    }
}

/// What the system says of this path.
pub(crate) fn system(path: &Path) -> impl Fn(std::io::Error) -> FileError {
    move |why| FileError::System { path: path.to_owned(), why }
}
