"""How reports name threads that wait: who it is, for what, and what it did before."""

from __future__ import annotations

from dataclasses import dataclass

from ttlang.analysis.event_traces import Event, EventKind, KernelTrace
from ttlang.analysis.trace_replay import Actor

_LAST_STEPS = 3
"""Steps of a waiting thread that its report shows."""
_VERBS = {
    EventKind.RESERVE: "reserves {}",
    EventKind.PUSH: "pushes {}",
    EventKind.WAIT: "waits for {}",
    EventKind.POP: "pops {}",
    EventKind.WRITE: "writes {}",
    EventKind.SEND: "sends through {}",
    EventKind.SENT: "has sent through {}",
    EventKind.RECEIVE: "receives through {}",
    EventKind.RECEIVED: "waits for the block of {}",
    EventKind.SEMAPHORE_WAIT: "waits for the semaphore {}",
    EventKind.SEMAPHORE_SET: "sets the semaphore {}",
    EventKind.SEMAPHORE_INC: "increments the semaphore {}",
}


@dataclass(frozen=True)
class WaitWording:
    """The words for the threads of a kernel."""

    trace: KernelTrace

    def who(self, actor: Actor) -> str:
        """The thread, and where a kernel has several cores its core."""
        thread = self.trace.thread_name(actor.thread)
        return f"core {actor.core} {thread}" if len(self.trace.kernel.cores) > 1 else thread

    def state(self, actor: Actor) -> str:
        """The steps that led to where it waits."""
        first = max(0, actor.position - _LAST_STEPS)
        taken = list(actor.events[first : actor.position])
        if taken and (taken[-1].kind, actor.event.kind) == (EventKind.RECEIVE, EventKind.RECEIVED):
            taken.pop()
        steps = [self._step(event) for event in taken]
        before = f"{'… ' if first else ''}{', '.join(steps)}, then " if steps else ""
        return f"{before}waits here to {self.wish(actor)}"

    def wish(self, actor: Actor) -> str:
        """What a thread waits to do."""
        event = actor.event
        name = self.subject(event)
        match event.kind:
            case EventKind.WAIT:
                return f"take a block of {name}"
            case EventKind.RESERVE:
                return f"reserve a block of {name}"
            case EventKind.RECEIVED:
                return f"receive through {name}"
            case EventKind.SEND:
                return f"send through {name}"
            case _:
                return f"see {name} at {event.values[0]}"

    def duty(self, actor: Actor) -> str:
        """What another has to do so that it can."""
        duties = {
            EventKind.WAIT: "push",
            EventKind.RESERVE: "pop first",
            EventKind.RECEIVED: "send",
            EventKind.SEND: "receive first",
            EventKind.SEMAPHORE_WAIT: "change",
        }
        return duties[actor.event.kind]

    def subject(self, event: Event) -> str:
        """The name of a buffer, pipe or semaphore."""
        match event.kind:
            case EventKind.RESERVE | EventKind.PUSH | EventKind.WAIT | EventKind.POP | EventKind.WRITE:
                return self.trace.buffers[event.subject].name_.data
            case EventKind.SEND | EventKind.SENT | EventKind.RECEIVE | EventKind.RECEIVED:
                return self.trace.pipes[event.subject].name_.data
            case _:
                return self.trace.semaphores[event.subject].name_.data

    def _step(self, event: Event) -> str:
        return _VERBS[event.kind].format(self.subject(event))
