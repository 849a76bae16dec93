namespace RecordingService.Infrastructure.Agora;

/// <summary>One use of a host; hand it back with the outcome.</summary>
internal readonly record struct HostTurn(Uri Host, int Epoch);

/// <summary>What a report did to the choice of host.</summary>
internal readonly record struct HostMove(Uri From, Uri To);

/// <summary>Decides which host a project's next call goes to. Waits between attempts are the caller's.</summary>
/// <remarks>
/// First failure: the same host once more. Second: the next host of the list, round about. Calls stay where they work; after a while on
/// another host the first one gets its turn again. A failure counts only if its call began after the last counted one, so that a
/// hiccup which fails twenty calls at once is one failure, and late news of a host that was left changes nothing.
/// <b>Source:</b> Agora, integration best practices (September 2020): once more on the same host, then the other.
/// </remarks>
internal sealed class HostFailover(IReadOnlyList<Uri> hosts, TimeSpan returnAfter, TimeProvider time)
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

    /// <summary>Takes the outcome of a call in: whether the host answered, and answered other than 50x. Returns a move to another host, if any.</summary>
    public HostMove? Report(HostTurn turn, bool worked)
    {
        lock (_gate)
        {
            if (turn.Epoch != _epoch)
            {
                return null;
            }

            if (worked)
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

            MoveTo((_current + 1) % hosts.Count);
            return hosts.Count == 1 ? null : new HostMove(turn.Host, hosts[_current]);
        }
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
