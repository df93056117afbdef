//! Owns the quick answer to `forge status` in a clean working tree, by stats alone (docs/formats/clean.md). On any doubt it becomes
//! the command line that its arguments name: `forge-clean-status NODE SCRIPT ARGUMENT…`.

// The data plane's own modules, compiled into a program that Node is no part of; it uses a part of each.
#![allow(dead_code)]

#[path = "../compare.rs"]
mod compare;
#[path = "../compare_walk.rs"]
mod compare_walk;
#[path = "../errors.rs"]
mod errors;
#[path = "../folder.rs"]
mod folder;
#[path = "../git_index.rs"]
mod git_index;
#[path = "../list.rs"]
mod list;
#[path = "../stat.rs"]
mod stat;
#[path = "../task.rs"]
mod task;

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::time::UNIX_EPOCH;

use crate::compare::{CompareRequest, compare};
use crate::stat::FileType;
use crate::task::TaskState;

/// Folders without files that are looked through before the question is left to the command line.
const MOST_EMPTY_FOLDERS: usize = 100;

/// Processors that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get())
}

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [node, command_line @ ..] = arguments.as_slice() else {
        eprintln!("usage: forge-clean-status NODE SCRIPT ARGUMENT…");
        exit(2);
    };
    let is_plain_status = command_line.len() == 2 && command_line[1] == "status";
    if is_plain_status
        && std::env::var_os("FORGE_PLANE").is_none()
        && let Some(answer) = clean_status()
    {
        // A reader that went away wants no answer.
        let _ = std::io::stdout().write_all(answer.as_bytes());
        return;
    }
    become_command(node, command_line);
}

#[cfg(unix)]
fn become_command(node: &OsString, arguments: &[OsString]) -> ! {
    use std::os::unix::process::CommandExt;
    let error = Command::new(node).args(arguments).exec();
    eprintln!("forge: {} cannot be started: {error}", node.to_string_lossy());
    exit(1);
}

#[cfg(not(unix))]
fn become_command(node: &OsString, arguments: &[OsString]) -> ! {
    let status = Command::new(node).args(arguments).status();
    exit(status.ok().and_then(|status| status.code()).unwrap_or(1));
}

/// What to print when everything is as committed; nothing when something may not be.
fn clean_status() -> Option<String> {
    let root = find_root(&std::env::current_dir().ok()?)?;
    let forge = root.join(".forge");
    let git = forge.join(git_folder(&fs::read_to_string(forge.join("config.json")).ok()?)?);
    // An interrupted operation is finished first, and a linked working tree keeps its refs elsewhere.
    if forge.join("transaction.json").exists() || git.join("commondir").exists() {
        return None;
    }
    let (branch, commit) = head(&git)?;
    let hint = Hint::read(&forge.join("clean"))?;
    if hint.commit != commit || !hint.rules_hold() {
        return None;
    }
    let request = CompareRequest {
        root: root.clone(),
        index_path: git.join("index"),
        skip: [b".git".to_vec(), b".forge".to_vec()].into_iter().collect(),
    };
    let found = compare(&request, &TaskState::default()).ok()?;
    let tree = found.index.root_tree.map(hex)?;
    if tree != hint.tree || !found.changed.is_empty() || !found.problems.is_empty() {
        return None;
    }
    let mut folders_left = MOST_EMPTY_FOLDERS;
    let paths = found.untracked.paths.split(|&byte| byte == 0);
    for (path, &file_type) in paths.zip(&found.untracked.types) {
        let path = std::str::from_utf8(path).ok()?;
        let is_folder = file_type == FileType::Directory as u8;
        let is_nothing =
            hint.ignored.contains(path) || (is_folder && holds_no_file(&root.join(path), &mut folders_left));
        if !is_nothing {
            return None;
        }
    }
    let [green, yellow, end] = if wants_colour() { ["\x1b[32m", "\x1b[33m", "\x1b[39m"] } else { [""; 3] };
    let short = &commit[..10];
    Some(format!("On {green}{branch}{end} at {yellow}{short}{end}\nNothing to commit, the working tree is clean.\n"))
}

fn find_root(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|folder| folder.join(".forge/config.json").is_file()).map(Path::to_path_buf)
}

/// The Git directory relative to `.forge`, of a repository of the format known here.
fn git_folder(config: &str) -> Option<&str> {
    if !config.contains("\"format\": 1,") {
        return None;
    }
    let (_, rest) = config.split_once("\"git\": \"")?;
    let (path, _) = rest.split_once('"')?;
    (!path.contains('\\')).then_some(path)
}

/// The branch that HEAD is on, when its name needs no care in a terminal, and its commit, when its ref is a file of its own.
fn head(git: &Path) -> Option<(String, String)> {
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let name = head.strip_prefix("ref: ")?.trim_end();
    let branch = name.strip_prefix("refs/heads/")?;
    let commit = fs::read_to_string(git.join(name)).ok()?.trim_end().to_string();
    let is_plain = branch.bytes().all(|byte| byte.is_ascii_graphic());
    let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_plain && is_commit).then(|| (branch.to_string(), commit))
}

struct Hint {
    commit: String,
    tree: String,
    /// Stamp and path of each file of rules outside the working tree.
    rules: Vec<(String, PathBuf)>,
    ignored: HashSet<String>,
}

impl Hint {
    fn read(path: &Path) -> Option<Hint> {
        let text = fs::read_to_string(path).ok()?;
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != "forge-clean 1" {
            return None;
        }
        let (commit, tree) = lines.next()?.split_once(' ')?;
        let mut hint = Hint { commit: commit.into(), tree: tree.into(), rules: Vec::new(), ignored: HashSet::new() };
        for line in lines {
            if let Some(path) = line.strip_prefix("ignored ") {
                hint.ignored.insert(path.into());
                continue;
            }
            let mut fields = line.strip_prefix("rules ")?.splitn(3, ' ');
            let stamp = format!("{} {}", fields.next()?, fields.next()?);
            hint.rules.push((stamp, fields.next()?.into()));
        }
        Some(hint)
    }

    fn rules_hold(&self) -> bool {
        self.rules.iter().all(|(stamp, path)| *stamp == stamp_of(path))
    }
}

fn stamp_of(path: &Path) -> String {
    let Ok(stat) = fs::symlink_metadata(path) else {
        return "- -".into();
    };
    let modified = stat.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    modified.map_or_else(String::new, |time| format!("{} {}", time.as_nanos(), stat.len()))
}

fn holds_no_file(folder: &Path, folders_left: &mut usize) -> bool {
    if *folders_left == 0 {
        return false;
    }
    *folders_left -= 1;
    let Ok(mut entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.all(|entry| {
        entry.is_ok_and(|entry| {
            entry.file_type().is_ok_and(|kind| kind.is_dir()) && holds_no_file(&entry.path(), folders_left)
        })
    })
}

/// As `cli/output` decides it.
fn wants_colour() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if let Some(forced) = set("FORCE_COLOR") {
        return forced != "0";
    }
    std::io::stdout().is_terminal() && set("TERM").as_deref() != Some("dumb")
}

fn hex(bytes: [u8; 20]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
