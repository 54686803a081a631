//! Installs an implementation into the cache, at one version.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::catalogue::Entry;
use super::disk;
use super::manifest::{Package, Registry};
use super::process::{ProcessError, Program};

/// The file that says that an installation is whole, and what it was made from.
pub(super) const STAMP: &str = ".wsspec-installed";

/// What cargo builds for all crates, in the cache.
const CARGO_TARGET: &str = "cargo-target";

/// The folder in the cache for what installations print.
const LOGS: &str = "logs";

/// The folders of an installation in which programs are looked for before those of the machine.
const PROGRAMS: [&str; 4] = ["venv/bin", "node_modules/.bin", "bin", ""];

/// Installs implementations.
#[derive(Debug)]
pub struct Installer {
    /// Where everything is installed.
    pub cache: PathBuf,
    /// How long one step may take.
    pub limit: Duration,
    /// Most bytes that the cache may take.
    pub max_disk: u64,
    /// The Python that makes virtual environments.
    pub python: String,
    /// Whether missing packages of Debian are installed by apt-get.
    pub apt: bool,
    in_use: Mutex<Vec<PathBuf>>,
}

/// An implementation that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Its folder, in which its commands are run.
    pub dir: PathBuf,
    /// Its version; of Debian, the one that is there.
    pub version: String,
    /// The environment of its commands.
    pub variables: BTreeMap<String, String>,
    /// Whether it was there already.
    pub cached: bool,
}

/// Why an implementation is not installed.
#[derive(Debug)]
pub enum InstallError {
    /// The manifest has no package.
    NoPackage,
    /// A program is not on the machine.
    NoProgram(String),
    /// Packages of Debian are missing.
    NoPackages(Vec<String>),
    /// Of Debian there is one version only.
    OneVersion(String),
    /// A step failed.
    Step(ProcessError),
    /// A file cannot be written.
    File(PathBuf, io::Error),
    /// The cache is full: what it takes, and may take, in bytes.
    Full(u64, u64),
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstallError::NoPackage => f.write_str("the manifest has no [package]"),
            InstallError::NoProgram(program) => {
                write!(f, "{program} is not on this machine")
            }
            InstallError::NoPackages(packages) => write!(
                f,
                "packages are missing: apt-get install {}, or --apt",
                packages.join(" ")
            ),
            InstallError::OneVersion(version) => write!(
                f,
                "Debian has only {version}; other versions need another release of it"
            ),
            InstallError::Step(error) => error.fmt(f),
            InstallError::File(path, error) => write!(f, "{}: {error}", path.display()),
            InstallError::Full(bytes, most) => write!(
                f,
                "the cache takes {} MiB of {}: raise --max-disk, or remove it",
                bytes >> 20,
                most >> 20
            ),
        }
    }
}

impl std::error::Error for InstallError {}

impl From<ProcessError> for InstallError {
    fn from(error: ProcessError) -> InstallError {
        InstallError::Step(error)
    }
}

impl Installer {
    /// Installs into `cache`.
    pub fn new(cache: PathBuf, limit: Duration, max_disk: u64) -> Installer {
        Installer {
            cache,
            limit,
            max_disk,
            python: "python3".to_owned(),
            apt: false,
            in_use: Mutex::default(),
        }
    }

    /// The version that is going to be tested where `version` is asked for: of Debian, the one that is there.
    pub fn version_of(&self, entry: &Entry, version: &str) -> String {
        let package = entry.manifest.package.as_ref();
        package
            .filter(|package| package.registry == Registry::Debian)
            .and_then(|package| debian_version(&package.name))
            .unwrap_or_else(|| version.to_owned())
    }

    /// Installs an implementation at a version, unless it is there.
    ///
    /// # Errors
    /// If a step fails; what it printed is in the folder `logs` of the cache.
    pub async fn install(
        &self,
        entry: &Entry,
        version: &str,
    ) -> Result<Installation, InstallError> {
        let package = entry.manifest.package.as_ref();
        let package = package.ok_or(InstallError::NoPackage)?;
        self.check_programs(package)?;
        let log = self.log(&entry.name, version);
        if package.registry == Registry::Debian {
            self.check_debian(package, version, &log).await?;
        }
        let version = self.version_of(entry, version);
        let dir = self.cache.join(&entry.name).join(&version);
        let made_from = format!("{} {version}\n", entry.digest());
        self.in_use().push(dir.clone());
        let stamp = dir.join(STAMP);
        let cached = fs::read_to_string(&stamp).is_ok_and(|text| text == made_from);
        if !cached {
            self.make_room()?;
            let made = self.make(entry, package, &version, &dir, &log).await;
            if let Err(error) = made {
                // What is there of it is of no use.
                let _ = fs::remove_dir_all(&dir);
                return Err(error);
            }
        }
        // Its time says when it was used last.
        let written = fs::write(&stamp, made_from);
        written.map_err(|error| InstallError::File(stamp, error))?;
        Ok(Installation {
            variables: environment(&dir),
            dir,
            version,
            cached,
        })
    }

    /// An installation is not needed any more, and may be removed for want of room.
    pub fn release(&self, dir: &Path) {
        let mut in_use = self.in_use();
        if let Some(place) = in_use.iter().position(|used| used == dir) {
            in_use.swap_remove(place);
        }
    }

    /// The file with what an installation printed.
    pub fn log(&self, name: &str, version: &str) -> PathBuf {
        self.cache.join(LOGS).join(format!("{name}-{version}.log"))
    }

    fn in_use(&self) -> std::sync::MutexGuard<'_, Vec<PathBuf>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make_room(&self) -> Result<(), InstallError> {
        let in_use = self.in_use().clone();
        let bytes = disk::make_room(&self.cache, self.max_disk, &in_use);
        let bytes = bytes.map_err(|error| InstallError::File(self.cache.clone(), error))?;
        if bytes > self.max_disk {
            return Err(InstallError::Full(bytes, self.max_disk));
        }
        Ok(())
    }

    /// The bytes that the cache takes.
    pub fn size(&self) -> u64 {
        disk::size(&self.cache)
    }

    async fn make(
        &self,
        entry: &Entry,
        package: &Package,
        version: &str,
        dir: &Path,
        log: &Path,
    ) -> Result<(), InstallError> {
        let _ = fs::remove_dir_all(dir);
        let _ = fs::remove_file(log);
        let laid_out = fs::create_dir_all(dir).and_then(|()| entry.lay_out(dir, version));
        laid_out.map_err(|error| InstallError::File(dir.to_owned(), error))?;
        let steps = self.steps(package, version);
        for words in steps.into_iter().chain(package.build.iter().cloned()) {
            let program = Program {
                words,
                dir: dir.to_owned(),
                variables: environment(dir),
                limit: self.limit,
                log: log.to_owned(),
            };
            program.succeed().await?;
        }
        Ok(())
    }

    /// The commands that install a package, in the order in which they are run.
    pub(super) fn steps(&self, package: &Package, version: &str) -> Vec<Vec<String>> {
        let Package { name, with, .. } = package;
        let with = with.iter().map(String::as_str);
        match package.registry {
            Registry::PyPi => {
                // In the environment of its own, the name would be that of the new one.
                let python = find_program(&self.python);
                let python = python.unwrap_or_else(|| self.python.clone().into());
                let python = python.to_string_lossy();
                let python = &*python;
                let wanted = format!("{name}=={version}");
                let environment = [python, "-m", "venv", "--without-pip", "venv"];
                let pip = [python, "-m", "pip", "--python", "venv/bin/python"];
                let install = ["install", "--quiet", "--disable-pip-version-check", &wanted];
                vec![
                    words(environment),
                    words(pip.into_iter().chain(install).chain(with)),
                ]
            }
            Registry::Npm => {
                let wanted = format!("{name}@{version}");
                let install = ["npm", "install", "--prefix", ".", "--no-audit"];
                let quiet = ["--no-fund", "--loglevel", "error", &wanted];
                vec![words(install.into_iter().chain(quiet).chain(with))]
            }
            Registry::CratesIo => {
                let target = self.cache.join(CARGO_TARGET).display().to_string();
                let install = ["cargo", "install", "--quiet", "--no-track", "--path", "."];
                let places = ["--root", ".", "--target-dir", &target];
                vec![words(install.into_iter().chain(places))]
            }
            Registry::Debian => Vec::new(),
        }
    }

    /// Checks that the programs are there.
    fn check_programs(&self, package: &Package) -> Result<(), InstallError> {
        let tool = match package.registry {
            Registry::PyPi => self.python.as_str(),
            Registry::Npm => "npm",
            Registry::CratesIo => "cargo",
            Registry::Debian => "dpkg-query",
        };
        let needed = package.needs.iter().map(String::as_str);
        let mut missing = std::iter::once(tool).chain(needed);
        match missing.find(|program| find_program(program).is_none()) {
            // apt-get may bring it.
            Some(_) if package.registry == Registry::Debian && self.apt => Ok(()),
            Some(program) => Err(InstallError::NoProgram(program.to_owned())),
            None => Ok(()),
        }
    }

    /// Checks that the packages of Debian are there, or has apt-get install them.
    async fn check_debian(
        &self,
        package: &Package,
        version: &str,
        log: &Path,
    ) -> Result<(), InstallError> {
        if version != package.version {
            return Err(InstallError::OneVersion(package.version.clone()));
        }
        let missing = missing_packages(package);
        if missing.is_empty() {
            return Ok(());
        }
        if !self.apt {
            return Err(InstallError::NoPackages(missing));
        }
        let wait = ["-o", "DPkg::Lock::Timeout=600"];
        let install = ["apt-get", "install", "-y", "--no-install-recommends"];
        let install = install.into_iter().chain(wait);
        let words = words(
            install
                .into_iter()
                .chain(missing.iter().map(String::as_str)),
        );
        let program = Program {
            words,
            dir: env::temp_dir(),
            variables: [("DEBIAN_FRONTEND".to_owned(), "noninteractive".to_owned())].into(),
            limit: self.limit,
            log: log.to_owned(),
        };
        program.succeed().await?;
        Ok(())
    }
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// The packages of Debian that are not installed.
fn missing_packages(package: &Package) -> Vec<String> {
    let all = std::iter::once(&package.name).chain(&package.with);
    all.filter(|name| debian_version(name).is_none())
        .cloned()
        .collect()
}

/// The version of an installed package of Debian.
fn debian_version(name: &str) -> Option<String> {
    let query = ["-W", "-f=${db:Status-Status} ${Version}", name];
    let mut command = Command::new("dpkg-query");
    let output = command.args(query).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.strip_prefix("installed ")?;
    // The epoch is about the order of versions, and is no part of a file name.
    Some(
        version
            .split_once(':')
            .map_or(version, |(_, version)| version)
            .to_owned(),
    )
}

/// Where a program is on the machine.
fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path).map(|dir| dir.join(name));
    places.find(|place| place.is_file())
}

/// The environment of the commands of an installation: its own programs come first.
fn environment(dir: &Path) -> BTreeMap<String, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let own = PROGRAMS.map(|folder| dir.join(folder));
    let all = own.into_iter().chain(env::split_paths(&path));
    let mut variables = BTreeMap::from([("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned())]);
    // A folder with a colon in its name cannot be in the variable.
    if let Ok(joined) = env::join_paths(all) {
        variables.insert("PATH".to_owned(), joined.to_string_lossy().into_owned());
    }
    variables
}
