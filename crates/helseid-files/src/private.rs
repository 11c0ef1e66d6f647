//! Whose a file is, and who else may read or change it.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use crate::error::{FileError, system};

/// What others may not do.
#[derive(Debug, Clone, Copy)]
enum Demand {
    /// Write: what is in a folder has modes of its own.
    NoWriters,
    /// Anything at all.
    OwnerAlone,
    /// It is only asked whose it is.
    Owner,
}

/// Makes a folder that its owner alone can use. One that is there must be ours, and nobody else may write to it; where it
/// is a link, that holds for the folder which it leads to.
pub fn own_folder(path: &Path) -> Result<(), FileError> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(system(parent))?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    #[cfg(not(unix))]
    let _ = &mut builder;
    match builder.create(path) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
        made => return made.map_err(system(path)),
    }
    let metadata = std::fs::metadata(path).map_err(system(path))?;
    if !metadata.is_dir() {
        return Err(system(path)(ErrorKind::NotADirectory.into()));
    }
    check(path, &metadata, Demand::NoWriters)
}

/// Opens a file that its owner alone can read, to write behind what it holds; makes it if it is not there. A file that
/// others may read or have made, and a link, are refused.
pub fn append_to(path: &Path) -> Result<File, FileError> {
    open(path, Demand::OwnerAlone)
}

/// The same for a file that holds nothing: where others may read or write it, they may not any longer. Volumes are mounted and
/// folders are restored with other modes than a file was made with.
pub(crate) fn made_private(path: &Path) -> Result<File, FileError> {
    let file = open(path, Demand::Owner)?;
    #[cfg(unix)]
    if check(path, &file.metadata().map_err(system(path))?, Demand::OwnerAlone).is_err() {
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(own).map_err(system(path))?;
    }
    Ok(file)
}

fn open(path: &Path, demand: Demand) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    // Windows locks no file that is open for appending alone.
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.clone().create_new(true).open(path) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
        made => return made.map_err(system(path)),
    }
    require_file(path, demand)?;
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, NO_LINK);
    let file = options.open(path).map_err(system(path))?;
    // Of what was opened, whatever has the name meanwhile.
    check(path, &file.metadata().map_err(system(path))?, demand)?;
    Ok(file)
}

/// Refuses a file that is not ours, that others may read or write, or that is a link. One that is not there is in order.
pub fn require_private(path: &Path) -> Result<(), FileError> {
    require_file(path, Demand::OwnerAlone)
}

fn require_file(path: &Path, demand: Demand) -> Result<(), FileError> {
    let metadata = match std::fs::symlink_metadata(path) {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata.map_err(system(path))?,
    };
    if !metadata.is_file() {
        let why = if metadata.is_symlink() { "it is a link" } else { "it is not a file" };
        let fix = format!("look where it leads, and remove it: rm {}", quoted(path));
        return Err(FileError::NotPrivate { path: path.to_owned(), why: why.to_owned(), fix });
    }
    check(path, &metadata, demand)
}

/// Refuses a file that belongs to another user: what takes its place would belong to us, and its owner could not read it.
pub fn require_own(path: &Path) -> Result<(), FileError> {
    check(path, &std::fs::metadata(path).map_err(system(path))?, Demand::Owner)
}

#[cfg(unix)]
const NO_LINK: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

#[cfg(unix)]
fn check(path: &Path, metadata: &Metadata, demand: Demand) -> Result<(), FileError> {
    use std::os::unix::fs::MetadataExt as _;
    let refused = |why, fix| Err(FileError::NotPrivate { path: path.to_owned(), why, fix });
    let (owner, own, mode) = (metadata.uid(), rustix::process::geteuid().as_raw(), metadata.mode() & 0o7777);
    if owner != own {
        let why = format!("it belongs to user {owner} (mode {mode:04o}), and this runs as user {own}");
        let fix = format!(
            "run this as user {owner}; or look at what it holds, then: chown -R {own} {}",
            quoted(path)
        );
        return refused(why, fix);
    }
    let (forbidden, may, wanted) = match demand {
        Demand::Owner => return Ok(()),
        Demand::NoWriters => (0o022, "write to it", 0o700),
        Demand::OwnerAlone => (0o077, "read or write it", 0o600),
    };
    if mode & forbidden == 0 {
        return Ok(());
    }
    let fix = format!("look at what it holds, then: chmod {wanted:o} {}", quoted(path));
    refused(format!("others may {may} (mode {mode:04o}, owner {owner})"), fix)
}

#[cfg(not(unix))]
fn check(_: &Path, _: &Metadata, _: Demand) -> Result<(), FileError> {
    Ok(())
}

/// A path as one word of a shell.
#[must_use]
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    match text.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c)) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::Permissions;
    use std::io::{Read as _, Write as _};
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn fix(refused: Result<(), FileError>) -> String {
        refused.unwrap_err().fix().expect("a command that makes it private").to_owned()
    }

    #[test]
    fn a_new_folder_is_its_owners_alone_and_one_that_others_may_write_to_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/own");
        own_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        own_folder(&folder).unwrap();
        set_mode(&folder, 0o755);
        own_folder(&folder).unwrap();
        for open in [0o720, 0o702, 0o1777] {
            set_mode(&folder, open);
            let fix = fix(own_folder(&folder));
            assert!(fix.ends_with(&format!("chmod 700 {}", folder.display())), "{fix}");
        }
        let link = place.path().join("link");
        symlink(&folder, &link).unwrap();
        assert!(own_folder(&link).is_err(), "the folder behind the link is open");
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(own_folder(&file).is_err());
    }

    #[test]
    fn a_file_is_made_private_and_one_that_others_may_read_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("used");
        append_to(&file).unwrap().write_all(b"one").unwrap();
        append_to(&file).unwrap().write_all(b"two").unwrap();
        let mut content = String::new();
        append_to(&file).unwrap().read_to_string(&mut content).unwrap();
        assert_eq!(content, "onetwo");
        assert_eq!((std::fs::read(&file).unwrap(), mode(&file)), (b"onetwo".to_vec(), 0o600));
        for open in [0o640, 0o604, 0o602] {
            set_mode(&file, open);
            assert!(append_to(&file).is_err(), "{open:o}");
            assert!(fix(require_private(&file)).contains("chmod 600"));
        }
        set_mode(&file, 0o600);
        append_to(&file).unwrap();
    }

    #[test]
    fn no_link_is_followed_whether_or_not_it_leads_somewhere() {
        let place = tempfile::tempdir().unwrap();
        let (link, elsewhere) = (place.path().join("used"), place.path().join("elsewhere"));
        symlink(&elsewhere, &link).unwrap();
        assert!(append_to(&link).is_err());
        assert!(!elsewhere.exists());
        std::fs::write(&elsewhere, "theirs").unwrap();
        set_mode(&elsewhere, 0o600);
        assert!(append_to(&link).unwrap_err().to_string().contains("link"));
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"theirs");
    }

    #[test]
    fn what_belongs_to_others_is_refused_with_their_number() {
        let place = tempfile::tempdir().unwrap();
        let (folder, file) = (place.path().join("theirs"), place.path().join("file"));
        own_folder(&folder).unwrap();
        append_to(&file).unwrap();
        let theirs = rustix::process::geteuid().as_raw() + 1;
        // Only root can give files away.
        if chown(&folder, Some(theirs), None).is_err() {
            return;
        }
        chown(&file, Some(theirs), None).unwrap();
        for refused in [own_folder(&folder), append_to(&file).map(drop), require_own(&file)] {
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains(&format!("belongs to user {theirs}")), "{refused}");
        }
    }

    #[test]
    fn a_command_names_the_path_as_a_shell_reads_it() {
        assert_eq!(quoted(Path::new("/a/nøkler")), "/a/nøkler");
        assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }
}
