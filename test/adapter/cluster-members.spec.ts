import { describe, expect, it } from '@jest/globals';
import { ClusterMembers } from '../../lib/adapter/cluster-members.js';

describe('the members of a cluster', () => {
  function create(): { members: ClusterMembers; left: string[] } {
    const left: string[] = [];
    return { members: new ClusterMembers(100, (node) => left.push(node)), left };
  }

  it('are those that were heard of, once each', () => {
    const { members } = create();
    members.heard('a', 0);
    members.heard('b', 0);
    members.heard('a', 50);
    expect([...members.ids]).toEqual(['a', 'b']);
    expect(members.size).toBe(2);
  });

  it('leave when they have been silent for longer than the timeout', () => {
    const { members, left } = create();
    members.heard('a', 0);
    members.heard('b', 50);
    members.expire(100);
    expect(left).toEqual([]);
    members.expire(101);
    expect(left).toEqual(['a']);
    expect([...members.ids]).toEqual(['b']);
  });

  it('leave when they say goodbye, once', () => {
    const { members, left } = create();
    members.heard('a', 0);
    members.leave('a');
    members.leave('a');
    members.leave('unknown');
    expect(left).toEqual(['a']);
  });

  it('are back when they are heard of again', () => {
    const { members } = create();
    members.heard('a', 0);
    members.expire(200);
    members.heard('a', 201);
    expect([...members.ids]).toEqual(['a']);
  });
});
