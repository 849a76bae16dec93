namespace RecordingService.Infrastructure.Agora;

/// <summary>One use of a host; hand it back with the outcome.</summary>
internal readonly record struct HostTurn(Uri Host, int Epoch);

/// <summary>What a report did to the choice of host.</summary>
/// <param name="From">Host that was left.</param>
/// <param name="To">Host that is called from now on.</param>
/// <param name="LeavesRegion">Whether a host of the bucket's region was left for one that may be elsewhere.</param>
internal readonly record struct HostMove(Uri From, Uri To, bool LeavesRegion);

/// <summary>How a call went, as far as its host is concerned.</summary>
internal enum HostOutcome
{
    /// <summary>Answered, and other than 50x.</summary>
    Worked,

    /// <summary>Answered 50x.</summary>
    Troubled,

    /// <summary>Its name could not be resolved.</summary>
    NotResolved,

    /// <summary>No connection, no TLS, or no whole answer in time: the network, or what is behind it.</summary>
    Unreachable,
}

/// <summary>Decides which host the next call goes to. Waits between attempts are the caller's.</summary>
/// <remarks>
/// <para>
/// First failure: the same host once more. Second: the next host of the list, round about. Calls stay where they work; after a while on
/// another host the first one gets its turn again. A failure counts only if its call began after the last counted one, so that a
/// hiccup which fails twenty calls at once is one failure, and late news of a host that was left changes nothing.
/// </para>
/// <para>
/// Agora serves each region under two domains, agora.io and sd-rtn.com. When the second failure is one of the network, the same region's host under the
/// other domain is passed over if the list has any third host: the network to that region is what failed. After an unresolved name or a 50x
/// it is the next as ever. The kind of the first failure does not matter.
/// </para>
/// <b>Source:</b> Agora, integration best practices (September 2020): once more on the same host, then the other; (June 2026): the other domain,
/// then the adjacent region, at once so for network faults other than DNS.
/// </remarks>
/// <param name="hosts">Hosts in order.</param>
/// <param name="regional">How many of them, from the first on, are in the region that the calls should stay in; 0 when that does not matter.</param>
/// <param name="returnAfter">How long calls stay away from the first host.</param>
/// <param name="time">Clock.</param>
internal sealed class HostFailover(IReadOnlyList<Uri> hosts, int regional, TimeSpan returnAfter, TimeProvider time)
{
    private const int FailuresToLeave = 2;

    private readonly Lock _gate = new();
    private int _current;
    private int _failures;
    private int _epoch;
    private long _leftFirstAt;

    /// <summary>The host of the next call.</summary>
    public HostTurn Next()
    {
        lock (_gate)
        {
            if (_current != 0 && time.GetElapsedTime(_leftFirstAt) >= returnAfter)
            {
                MoveTo(0);
            }

            return new HostTurn(hosts[_current], _epoch);
        }
    }

    /// <summary>Hosts in order.</summary>
    public IReadOnlyList<Uri> Hosts => hosts;

    /// <summary>Takes the outcome of a call in. Returns a move to another host, if any.</summary>
    public HostMove? Report(HostTurn turn, HostOutcome outcome)
    {
        lock (_gate)
        {
            if (turn.Epoch != _epoch)
            {
                return null;
            }

            if (outcome == HostOutcome.Worked)
            {
                _failures = 0;
                return null;
            }

            _epoch++;
            _failures++;
            if (_failures < FailuresToLeave)
            {
                return null;
            }

            var from = _current;
            MoveTo(AfterCurrent(outcome));
            return hosts.Count == 1 ? null : new HostMove(turn.Host, hosts[_current], from < regional && _current >= regional);
        }
    }

    private int AfterCurrent(HostOutcome outcome)
    {
        var others = Enumerable.Range(1, hosts.Count - 1).Select(step => (_current + step) % hosts.Count).ToList();
        return outcome == HostOutcome.Unreachable
            && others.FindIndex(other => !AgoraHosts.AreTwins(hosts[other], hosts[_current])) is var found and >= 0
                ? others[found]
            : others.Count > 0 ? others[0]
            : _current;
    }

    private void MoveTo(int index)
    {
        if (_current == 0)
        {
            _leftFirstAt = time.GetTimestamp();
        }

        _current = index;
        _failures = 0;
        _epoch++;
    }
}
