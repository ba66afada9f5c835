// What an exit code means where it has a usual meaning: those a shell gives (POSIX 2.8.2, XCU), those of sysexits(3), and 128 plus a
// signal's number (signal(7)). 1 and most others are a program's own.
const MEANINGS: Readonly<Record<number, string>> = {
  2: 'usually: it was called with arguments it does not take',
  64: 'EX_USAGE: it was called with arguments it does not take',
  65: 'EX_DATAERR: its input is wrong',
  66: 'EX_NOINPUT: an input file is not there',
  67: 'EX_NOUSER: a user is not known',
  68: 'EX_NOHOST: a host is not known',
  69: 'EX_UNAVAILABLE: something that it needs is not available',
  70: 'EX_SOFTWARE: an error of its own',
  71: 'EX_OSERR: the operating system refused something',
  72: 'EX_OSFILE: a system file is not there',
  73: 'EX_CANTCREAT: an output file cannot be made',
  74: 'EX_IOERR: reading or writing failed',
  75: 'EX_TEMPFAIL: it asks to be tried again',
  76: 'EX_PROTOCOL: something answered in a way it does not know',
  77: 'EX_NOPERM: it is not allowed to do something',
  78: 'EX_CONFIG: its configuration is wrong',
  126: 'a program was found and could not be run',
  127: 'a program was not found',
  129: 'SIGHUP',
  130: 'SIGINT: it was interrupted',
  131: 'SIGQUIT',
  132: 'SIGILL: its code is not for this processor',
  133: 'SIGTRAP',
  134: 'SIGABRT: it gave itself up, as a failed assertion does',
  135: 'SIGBUS: memory that is not there',
  136: 'SIGFPE: a division by zero or the like',
  137: 'SIGKILL, not for its memory limit',
  139: 'SIGSEGV: it touched memory that is not its own',
  141: 'SIGPIPE: who it wrote to is gone',
  143: 'SIGTERM: it was told to stop',
  159: 'SIGSYS: a system call that its seccomp profile forbids',
  255: 'an exit code out of range, as a rule -1',
}

/** What an exit code usually means; undefined where it is the program's own. */
export const meaningOf = (code: number): string | undefined => MEANINGS[code]
