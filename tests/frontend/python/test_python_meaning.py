"""Threads mean what Python means: their IR does what Python does when it runs them."""

from __future__ import annotations

import textwrap

import pytest

from tests.frontend.python.python_meaning import check_meaning

PROGRAMS: dict[str, str] = {
    "arithmetic": """
        x0, y0 = ttl.core()
        a, b = x0 * 5 - 7, y0 - 9
        for v in (a + b, a - b, a * b, a // 3, a % 3, b // -4, b % -4, -a, +a, ~a, abs(b), a << 2, b >> 1,
                  (a & 6) | 8, a ^ b, a ** 2, 2 ** x0):
            out(v)
    """,
    "floor division and remainder of negatives": """
        x0, y0 = ttl.core()
        for d in (1, 2, 3, 7, -1, -2, -3, -7):
            for v in (x0 - 5, y0 - 3, x0 * 9 - 4):
                out(v // d)
                out(v % d)
                q, r = divmod(v, d)
                out(q * 3 + r)
    """,
    "division by values of the run": """
        x0, y0 = ttl.core()
        for v in (7, -7, 0):
            out(v // (y0 + 1))
            out(v % (y0 + 1))
            out(v // (x0 - 4))
            out(v % (x0 - 4))
            out((x0 - 3) // (y0 - 5))
    """,
    "comparisons": """
        x0, y0 = ttl.core()
        for v in (x0 < y0, x0 <= y0, x0 > y0, x0 >= y0, x0 == y0, x0 != y0, 0 <= x0 < y0 <= 1, x0 < 1 == True,
                  x0 < 0.5, x0 <= 0.5, y0 > 0.5, y0 >= 1.0, y0 == 1.0, y0 != 0.5, 0.5 < y0, y0 < float("inf"),
                  (x0, y0) == (1, 2), (x0, y0) != (0, 0), x0 in (1, 5), y0 not in [0, 2], y0 in range(1, 3),
                  x0 in {1: 2}, x0 is None, y0 is not None, ttl.core() == (0, 1)):
            out(int(v) + 2)
            out(v + 1)
            if v:
                out(3)
    """,
    "boolean operators": """
        x0, y0 = ttl.core()
        if x0 and y0: out(1)
        if x0 or y0: out(2)
        if not x0: out(3)
        if not (x0 and not y0): out(4)
        out(x0 and y0)
        out(x0 or 5)
        out(x0 and 5)
        out(y0 == 1 and x0 == 1)
        out((y0 == 1 or x0) + 1)
        if x0 and True and y0 > 1: out(6)
        if x0 and False: out(7)
        if y0 > 0 and 6 // y0 == 3: out(5)
        if y0 == 0 or 6 % y0 == 0: out(6)
        if bool(x0) and bool(y0 - 1): out(7)
    """,
    "conditional expressions": """
        x0, y0 = ttl.core()
        out(1 if x0 else 2)
        out(x0 + 1 if y0 > 1 else y0 * 3)
        out(6 // y0 if y0 else 7)
        a, b = (x0, y0) if x0 < y0 else (y0, x0)
        out(a * 3 + b)
        out((x0 if y0 else 4) if x0 else (5 if y0 else 6))
        if (x0 == 1 if y0 == 1 else x0 == 0): out(7)
    """,
    "minima and maxima": """
        x0, y0 = ttl.core()
        out(min(x0, y0)); out(max(x0, y0, 1)); out(min(x0 + 2, 2)); out(max((x0, y0))); out(min(3, 2))
        out(sum((x0, y0, 3))); out(sum([x0, 1], 2)); out(math.prod((x0 + 1, y0 + 1)))
        out(pow(y0, 2)); out(len((x0, y0))); out(abs(x0 - y0))
    """,
    "rounding of quotients": """
        x0, y0 = ttl.core()
        for d in (1, 2, 3, -2, -3):
            for n in (x0 * 5 - 6, y0 * 3 + 1):
                out(math.ceil(n / d)); out(math.floor(n / d)); out(math.trunc(n / d)); out(int(n / d))
        for n in (x0 * 5 - 6, y0 * 3 + 1, y0 - 3):
            for d in (1, 2, 4, y0 + 1):
                out(round(n / d)); out(math.ceil(n / d)); out(math.ceil(n / d + 1)); out(math.floor(n / d * 2))
                out(int((n / d) // 2)); out(math.ceil(-(n / d)))
        out(math.floor(x0)); out(math.ceil(y0)); out(round(y0)); out(int(x0 > 0))
        if y0 / 2: out(3)
    """,
    "loops over constant ranges": """
        for i in range(3): out(i)
        for i in range(1, 8, 3): out(i)
        for i in range(5, 0, -2): out(i)
        for i in range(0): out(i)
        for i in range(5, 2): out(i)
        for i in range(2, 5, -1): out(i)
        for i in range(-3, 3): out(i + 3)
        for i in reversed(range(4)): out(i)
        for i in range(10)[2:9:3]: out(i)
    """,
    "loops over computed ranges": """
        x0, y0 = ttl.core()
        for i in range(y0): out(i)
        for i in range(x0, y0 + 2): out(i)
        for i in range(y0, 7, x0 + 1): out(i)
        for i in range(y0 + 3, x0 - 1, -1): out(i + 2)
        for i in range(y0 * 2, x0, -2): out(i)
        for i in reversed(range(x0, y0 + 2)): out(i)
        for i in reversed(range(y0 + 4, x0, -3)): out(i)
        out(len(range(x0, y0 * 3, 2)))
        out(len(range(y0, x0)))
    """,
    "nested loops": """
        x0, y0 = ttl.core()
        for i in range(y0 + 1):
            for j in range(i, 3):
                out(i * 3 + j)
            for j in range(i):
                out(j)
    """,
    "loop variables after the loop": """
        x0, y0 = ttl.core()
        for i in range(4): pass
        out(i)
        for j in range(5, 0, -2): out(j)
        out(j)
        for k in range(y0 + 1): pass
        out(k)
        i = 6
        for i in range(y0): pass
        out(i)
        for m in range(3):
            m = m * 2
        out(m)
        for n in range(5):
            if n == y0: break
        out(n)
    """,
    "carried values": """
        x0, y0 = ttl.core()
        total, flag, last = 0, False, 7
        for i in range(y0 + 2):
            total += i + x0
            flag = not flag
            last = i
        out(total); out(flag); out(last)
        a, b = 0, 1
        for _ in range(6):
            a, b = b, a + b
        out(a); out(b)
        n = 0
        for i in range(3):
            for j in range(i):
                n = n + j + x0
            n *= 2
        out(n)
        found = 0
        for i in range(3):
            found = i == y0
        out(found)
        seen = False
        for i in range(3):
            seen = seen + i
        out(seen)
    """,
    "first bound in a loop": """
        x0, y0 = ttl.core()
        for i in range(3):
            v = i * 2 + x0
            w = v > y0
        out(v); out(w)
        for i in range(y0 + 1):
            if i > 0: u = i
            else: u = 5
        out(u)
    """,
    "values of branches": """
        x0, y0 = ttl.core()
        v = 1
        if x0 == 0:
            v = y0 + 2
        elif y0 == 1:
            v = 5
            out(4)
        else:
            v += 2
        out(v)
        if y0 > 0:
            w, z = 1, True
        else:
            w, z = x0, False
        out(w); out(z)
        if x0: pass
        else: out(7)
        if y0 == 2:
            out(1)
        else:
            if x0 == 1:
                out(2)
                v = 3
        out(v)
    """,
    "constant conditions": """
        x0, y0 = ttl.core()
        step = 1
        if size == 4:
            step = 2
        else:
            step = undefined_name
        for i in range(3):
            if size > 9:
                step = i
            blk = y_cb.reserve()
            with x_cb.reserve() as b:
                ttl.copy(x[i:i + 1, 0:1], b).wait()
            blk.push()
            out(step)
        while size > 4: out(1)
        out(1 if size else undefined_name)
    """,
    "continue": """
        x0, y0 = ttl.core()
        for i in range(6):
            if i % 2 == x0: continue
            out(i)
        total = 0
        for i in range(6):
            if i == y0:
                total += 10
                continue
            elif i == 4:
                continue
            else:
                total += 1
            total += i
        out(total)
        for i in range(4):
            if i > y0:
                if i == 3: continue
                out(5)
            out(i)
        for i in range(4):
            if i < y0: continue
            out(i)
        for i in range(4):
            if i <= y0: continue
            out(i)
        for i in range(4):
            if i > y0: continue
            out(i)
        for i in range(4):
            if i >= y0: continue
            out(i)
        for i in range(4):
            if i != y0: continue
            out(i)
        for i in range(3):
            with x_cb.reserve() as blk:
                if i == x0: continue
                ttl.copy(x[i, 0], blk).wait()
            out(7)
    """,
    "break": """
        x0, y0 = ttl.core()
        for i in range(6):
            if i > y0: break
            out(i)
        total = 0
        for i in range(10, 0, -3):
            total += i
            if total > 10 + y0: break
        out(total); out(i)
        for i in range(3):
            for j in range(4):
                if j == i + x0: break
                out(j)
            else_value = j
            if else_value == 3: break
        out(else_value)
        for i in range(4):
            with x_cb.reserve() as blk:
                if i == y0: break
                ttl.copy(x[i, 0], blk).wait()
            out(i)
        for i in range(3):
            out(i)
            break
        found = 9
        for i in range(5):
            if i == 3:
                found = i
                break
            found = 1
        out(found)
        for i in range(5):
            if i == x0:
                continue
            if i == 3:
                break
            out(i)
    """,
    "while": """
        x0, y0 = ttl.core()
        n = y0 + 3
        while n > 0:
            out(n)
            n -= 2
        out(n)
        i = j = 0
        while i < 4 and j < 5:
            i, j = i + 1, j + x0 + 1
            if i == 2: continue
            out(i + j)
        out(i); out(j)
        k = 0
        while True:
            k += 1
            if k > y0 + 1: break
            out(k)
        out(k)
        while (k := k - 1) > 0:
            out(k)
        while (m := k + 2) < 4:
            out(m)
            k += 1
        out(m)
        c = 0
        while c < 6:
            if c == 4: break
            if c == x0:
                c += 2
                continue
            out(c)
            c += 1
        out(c)
        z = 0
        while True:
            if (z := z + 1) > 4 + x0: break
            if z == y0 + 2: break
            out(z)
        out(z)
        while z > 0:
            if z % 3 == 0: break
            z -= 1
            if z == 2: continue
            out(z)
        out(z)
        d = y0
        while d != 0 and 6 // d > 2:
            d = d - 1
            out(d)
    """,
    "unrolled loops": """
        x0, y0 = ttl.core()
        for v in (3, x0, y0 + 1): out(v)
        for i, (a, b) in enumerate([(1, x0), (y0, 2)], 1): out(i * a + b)
        for name, v in {"a": 1, "b": 2}.items(): out(v)
        for v in [1, 2, 3]:
            if v == y0: continue
            out(v)
        for v in (1, 2, 3):
            out(v)
            if v == y0: break
            out(v + 3)
        out(v)
        for v in (1, 2, 3):
            if v == 2: break
            out(v)
        last = 0
        for v in (5, 6):
            if x0:
                last = v
                break
            last += v
        out(last)
        for i in range(3):
            for v in (1, 2, 3):
                if v == i: break
                out(v)
            if i == x0 + 1: break
        for a, b in zip((1, 2, x0), (4, 5, 6)): out(a + b)
        for a, *rest in [(1, 2, 3), (x0, 5, 6)]: out(a + sum(rest))
        for buffer, t in zip((x_cb, y_cb), (x, y)):
            with buffer.reserve() as blk:
                ttl.copy(t[0, 0], blk).wait()
    """,
    "functions": """
        x0, y0 = ttl.core()
        scale = 2
        def twice(v, by=scale):
            return v * by
        def pick(v):
            if v == 0:
                return 5
            if v == 1:
                w = v + 5
                return w
            return v
        def nothing(v):
            if v: return
            out(6)
        def both(a, /, b, *, c=1):
            return a + b, c
        def many(*values):
            return sum(values)
        add = lambda a, b=3: a + b
        out(twice(x0)); out(twice(x0, by=3)); out(twice(by=y0, v=2))
        for i in range(3): out(pick(i)); nothing(i)
        out(pick(y0)); nothing(x0)
        s, t = both(x0, b=y0, c=4)
        out(s); out(t)
        out(many(x0, 1, y0)); out(many(*[x0, 2])); out(add(x0)); out(add(1, 2))
        scale = 9
        def late():
            return scale + inner()
        def inner():
            return x0
        scale = 3
        out(late())
        nothing(nothing(1))
    """,
    "returns in branches": """
        x0, y0 = ttl.core()
        def search(limit):
            for v in (1, 2, 3):
                if v > limit:
                    return v
            return 7
        out(search(y0))
        def classify(a, b):
            if a:
                if b > 1: return 1
                out(2)
            elif b == 1:
                return 3
            else:
                out(4)
            return 5
        out(classify(x0, y0))
        def maybe(a):
            if a: return True
            return a == 0
        out(maybe(x0))
        def pair(a):
            if a: return a, 1
            return 2, a
        p, q = pair(x0)
        out(p + q)
        def early():
            with x_cb.reserve() as blk:
                if y0 == 1: return
                ttl.copy(x[0, 0], blk).wait()
            for i in range(4):
                if i == 2 + x0: return
                out(i)
            out(6)
        early()
    """,
    "return from the thread": """
        x0, y0 = ttl.core()
        if x0 == 1:
            out(1)
            return
        for i in range(4):
            for j in range(3):
                if j == 2 and i == y0:
                    return
                out(i + j)
            out(7)
        out(5)
    """,
    "comprehensions": """
        x0, y0 = ttl.core()
        for v in [i * 2 + x0 for i in range(3)]: out(v)
        out(sum(i for i in (1, 2, 3) if i != 2))
        out(sum(i * j for i in range(2) for j in (x0, 3)))
        out(max([v + 1 for v in (x0, y0)]))
        d = {k: v for k, v in zip("ab", (x0, 4))}
        out(d["a"]); out(d.get("b")); out(d.get("c", 6)); out(len(d))
        for k, v in d.items(): out(v)
        for k in d: out(d[k])
        for v in d.values(): out(v)
        out(len({i % 2 for i in range(5)}))
        i = 5
        [i for i in range(3)]
        out(i)
        out(len(f"{size}-{size:02d}"))
    """,
    "prints": """
        x0, y0 = ttl.core()
        print()
        print("a", 1, 2.5, None, True, [1, "b"], {"c": (2,)}, size, x.shape)
        print(x0, y0, -x0, x0 == 1, not y0, x0 < y0, sep=", ", end="!")
        print("{}", "{0}", "%d", 'a"b', "\\t", x0, sep="")
        print("", end="")
        print(x0, sep=None, end=None)
        print(f"row {y0} of {size}: {x0 + y0:4}{y0:>3}{x0:2d}{y0:d} {x0!r} {y0 == 1!s} {{}} {x0=}", f"{size:03}")
        print((x0, 1), [x0, "a"], (y0,), {"k": y0, 2: (x0, None)}, range(x0, 3), range(1, y0, 2), slice(x0, y0))
        text = f"<{x0}>" + "b" + str(y0) + repr(x0) + str(x0 == y0)
        for i in range(x0, 4):
            print(text, i, end=" ")
            print("even" if i % 2 == 0 else i) if False else print("odd") if i % 2 else print("even")
        for name, n in (("a", x0), ("b", 2)):
            print(name, n)
        i = 0
        while i < x0 + 2:
            i += 1
            if i == 2:
                continue
            print("turn", i)
        def show(v, *rest):
            print("v:", v, *rest)
            return v + 1
        show(show(x0, y0, "c"))
        print(*[v * 2 for v in (x0, y0, 4)], int(x0 == y0), +(x0 == 1), max(x0, y0), x0 and y0)
        if print("nothing") is None:
            out(x0)
    """,
    "assertions": """
        x0, y0 = ttl.core()
        assert True, undefined_name
        assert x0 < 5
        assert x0 < 5 and (x0 == 0 or 6 // x0), f"{x0}"
        if size == 3:
            assert False
        if x0 > 7:
            assert False, "never"
        assert size == 4, 1 // 0
        out(1)
        assert y0 != 1, f"row {y0} {{of}} {ttl.grid_size()}"
        out(2)
        for i in range(3):
            assert i < 2 or x0 == 0, ("at", i)
            out(i)
        def positive(v):
            assert v > 0, v
            return 6 // v
        out(positive(2 - x0))
        # The message is computed only where the assertion fails.
        assert not x0 or 2, f"{6 // x0} {6 // x0}"
        assert x0 == 0, f"{6 // x0} {6 // x0}"
        out(3)
        assert x0 + y0, (x0, "a")
    """,
    "tuples": """
        x0, y0 = ttl.core()
        t = (x0, y0, 3)
        out(t[0]); out(t[-1]); out(t[1:][0]); out(len(t + (1,)))
        a, *b = t
        out(b[0])
        (c, d), e = (x0, 1), y0
        out(c + d + e)
        if (x0, y0): out(1)
        u = [x0] + [5]
        out(u[1])
        t = (1, 2) if x0 else (y0, 4)
        out(t[0] + t[1])
        v: int = x0 + 2
        out(v)
        w: int
        a = b = x0
        out(a + b)
        if (n := x0 + 3) > 3: out(n)
        out(n)
    """,
    "grid": """
        out(ttl.core(dims=1)); out(ttl.core_linear()); out(ttl.grid_size(dims=1)); out(ttl.core(dims=3)[2])
        gx, gy = ttl.grid_size()
        out(gx); out(gy)
        x0, y0, z0 = ttl.core(dims=3)
        out(x0 + y0 + z0)
        a, b, c = ttl.grid_size(dims=3)
        out(a + b + c)
        per_core = math.ceil(7 / ttl.grid_size(dims=1))
        for i in range(ttl.core_linear() * per_core, min((ttl.core_linear() + 1) * per_core, 7)): out(i)
    """,
    "windows": """
        x0, y0 = ttl.core()
        with x_cb.reserve() as blk:
            for i in range(3):
                for window in (x[i, y0], x[i:i + 1, y0 + 1], x[2 * i:(2 * i) + 1, (y0 + 1) * 2:y0 * 2 + 3],
                               x[(x0 * i):(x0 * i + 1), 3:4], x[i + 3:i + 4, slice(y0, y0 + 1)], x[(i, 2)]):
                    ttl.copy(window, blk).wait()
                    transfer = ttl.copy(blk, window)
                    transfer.wait()
    """,
    "explicit acquisition": """
        blk = x_cb.reserve()
        tx = ttl.copy(x[0, 0], blk)
        tx.wait()
        x_cb.push()
        other = y_cb.wait()
        tx = ttl.copy(other, y[1, 1])
        tx.wait()
        other.pop()
        with x_cb.reserve() as a, y_cb.wait() as b:
            t1, t2 = ttl.copy(x[0, 0], a), ttl.copy(b, y[0, 0])
            t2.wait()
            t1.wait()
        with x_cb.reserve():
            pass
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    check_meaning(textwrap.dedent(PROGRAMS[name]))


def test_helpers_of_the_module_are_inlined() -> None:
    before = """
        from functools import partial
        SIZES = {"k": 3}
        class Config:
            start = 2
            def row(self, i):
                return self.start + i
        config = Config()
        def load(cb, t, row, column=0):
            with cb.reserve() as blk:
                ttl.copy(t[row, column], blk).wait()
        load_y = partial(load, column=1)
        def share(total, parts):
            return -(-total // parts)
        def square(n):
            values = []
            for i in range(n):
                values.append(i * i)
            return values[-1]
        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        move = ttl.copy
    """
    check_meaning(
        """
x0, y0 = ttl.core()
load(x_cb, x, x0)
load(y_cb, y, row=y0, column=2)
load_y(y_cb, y, 0)
out(share(7, x0 + 1))
out(share(7, 2))
out(square(3))
out(fib(6))
out(SIZES["k"])
out(config.row(x0))
out(config.start)
with x_cb.reserve() as b:
    move(x[0, 0], b).wait()
""",
        before=before,
    )


def test_a_function_of_the_user_may_have_the_name_of_one_of_the_language() -> None:
    ir = check_meaning("def copy(i):\n    return i + 1\nout(copy(ttl.core_linear()))\n")
    assert "ttl.copy" in ir


PER_CORE = """
def kernel(x, y, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    cx, cy = ttl.core()
    linear = ttl.core(dims=1)
    first = linear * 2
    is_last = linear == 5
    rows = (cx, cy, 3)
    places = {"a": cx * 2, "b": 4}
    mine = range(cy, cy + cx + 1)
    window = slice(cx, cx + 1)
    same = cx - cx + 3
    gx, gy = ttl.grid_size()

    def offset(i, extra=cx):
        return first + i + extra

    @ttl.datamovement()
    def read():
        def out(i):
            blk = x_cb.reserve()
            ttl.copy(x[i % 8, 0], blk).wait()
            blk.push()
        out(first)
        out(first + 1)
        if is_last:
            out(1)
        out(is_last + 1)
        for r in rows:
            out(r)
        out(rows[1])
        out(places["a"] + places["b"])
        for i in mine:
            out(i)
        out(mine.start)
        with x_cb.reserve() as b:
            ttl.copy(x[window, 0:1], b).wait()
        out(offset(1))
        out(same)
        out(gx * gy)
"""


def test_values_that_differ_between_cores() -> None:
    ir = check_meaning("", kernel=PER_CORE)
    assert 'ttl.core_argument "first" [0, 2, 4, 6, 8, 10]' in ir
    assert 'ttl.core_argument "is_last" [0, 0, 0, 0, 0, 1]' in ir
    assert 'ttl.core_argument "rows_0" [0, 1, 0, 1, 0, 1]' in ir
    assert ir.count('"same"') == 0, "what does not differ stays a constant"
    assert ir.count("[0, 1, 0, 1, 0, 1]") == 1, "equal arguments are shared"


def test_closures_bind_late() -> None:
    text = """
    def kernel(x, y, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
        n = 1
        @ttl.datamovement()
        def read():
            for i in range(n):
                with x_cb.reserve() as b:
                    ttl.copy(x[row(i), 0], b).wait()
        n = 3
        def row(i):
            return i + n
    """
    check_meaning("", kernel=text)
