namespace RecordingService.Infrastructure.Agora;

/// <summary>The share of a project's newest calls that Agora answered 50x.</summary>
/// <remarks>
/// A 50x says nothing about a recording, and is to be rare: more than one in a hundred is worth a person's look.
/// <b>Source:</b> Agora, best practice, monitoring: the probability of a 50x is very small (September 2020).
/// </remarks>
internal sealed class ServerErrorShare
{
    /// <summary>What is worth an alarm. <value>1 %.</value></summary>
    public const double Alarming = 0.01;

    private const int Newest = 1000;

    /// <summary>Fewer calls say nothing: one error among them would be an alarm.</summary>
    private const int Least = 200;

    private readonly Lock _gate = new();
    private readonly Queue<bool> _calls = new(Newest);
    private int _errors;
    private bool _isAlarming;

    /// <summary>Share among the newest 1,000 calls, 0 to 1; null when there were fewer than 200.</summary>
    public double? Share
    {
        get
        {
            lock (_gate)
            {
                return _calls.Count < Least ? null : (double)_errors / _calls.Count;
            }
        }
    }

    /// <summary>Counts an answered call.</summary>
    /// <returns>Whether the share became alarming (true) or normal again (false) with this call; null when nothing changed.</returns>
    public bool? Count(bool isServerError)
    {
        lock (_gate)
        {
            if (_calls.Count == Newest && _calls.Dequeue())
            {
                _errors--;
            }

            _calls.Enqueue(isServerError);
            _errors += isServerError ? 1 : 0;
            var alarming = _calls.Count >= Least && (double)_errors / _calls.Count > Alarming;
            if (alarming == _isAlarming)
            {
                return null;
            }

            _isAlarming = alarming;
            return alarming;
        }
    }
}
