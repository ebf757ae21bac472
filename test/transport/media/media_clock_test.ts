import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MediaClock, type Ticking } from "../../../transport/media/media_clock.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

class Member implements Ticking {
  ticks = 0;
  isUrgent = false;
  onTick: () => void = () => undefined;

  tick(): boolean {
    this.ticks += 1;
    this.onTick();
    return this.isUrgent;
  }
}

function start() {
  const clock = new MediaClock();
  const member = new Member();
  clock.add(member);
  return { clock, member };
}

describe("media clock", () => {
  it("[MS27] ticks every 100 ms, and every 20 while a member wants it", () => {
    const { clock, member } = start();
    const other = new Member();
    clock.add(other);
    vi.advanceTimersByTime(1_000);
    expect([member.ticks, other.ticks]).toEqual([10, 10]);
    member.isUrgent = true;
    vi.advanceTimersByTime(100);
    vi.advanceTimersByTime(100);
    expect([member.ticks, other.ticks]).toEqual([16, 16]);
    member.isUrgent = false;
    vi.advanceTimersByTime(20);
    expect(member.ticks).toBe(17);
    vi.advanceTimersByTime(99);
    expect(member.ticks).toBe(17);
    vi.advanceTimersByTime(1);
    expect(member.ticks).toBe(18);
  });

  it("[MS27] comes within 20 ms when somebody is in a hurry, however often that is said", () => {
    const { clock, member } = start();
    vi.advanceTimersByTime(50);
    clock.hurry();
    vi.advanceTimersByTime(19);
    clock.hurry();
    expect(member.ticks).toBe(0);
    vi.advanceTimersByTime(1);
    expect(member.ticks).toBe(1);
    vi.advanceTimersByTime(99);
    expect(member.ticks).toBe(1);
    vi.advanceTimersByTime(1);
    expect(member.ticks).toBe(2);
  });

  it("[MS27] goes on when a member throws", () => {
    const { clock, member } = start();
    member.isUrgent = true;
    clock.hurry();
    member.onTick = () => {
      throw new Error("it failed");
    };
    expect(() => vi.advanceTimersByTime(20)).toThrow("it failed");
    member.onTick = () => undefined;
    clock.hurry();
    vi.advanceTimersByTime(20);
    expect([member.ticks, vi.getTimerCount()]).toEqual([2, 1]);
  });

  it("[MS27] has one timer when the last member leaves in its tick and another one comes", () => {
    const { clock, member } = start();
    member.onTick = () => {
      clock.remove(member);
      clock.add(new Member());
    };
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(1);
  });

  it("[MS27] has no timer without members, also when the last one leaves in its tick", () => {
    const { clock, member } = start();
    member.onTick = () => clock.remove(member);
    vi.advanceTimersByTime(100);
    expect([member.ticks, vi.getTimerCount()]).toEqual([1, 0]);
    clock.hurry();
    expect(vi.getTimerCount()).toBe(0);
    clock.add(member);
    clock.add(member);
    expect(vi.getTimerCount()).toBe(1);
    clock.remove(member);
    clock.remove(member);
    expect(vi.getTimerCount()).toBe(0);
  });
});
