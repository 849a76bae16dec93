using System.Runtime.CompilerServices;
using Xunit.Sdk;
using Xunit.v3;

namespace RecordingService.EndToEnd.Tests.Crash;

/// <summary>A theory that is no test at all, rather than a skipped one, when none of its points is chosen.</summary>
[XunitTestCaseDiscoverer(typeof(Discoverer))]
[AttributeUsage(AttributeTargets.Method)]
public sealed class CrashTheoryAttribute : TheoryAttribute
{
    public CrashTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => SkipTestWithoutData = true;

    internal sealed class Discoverer : TheoryDiscoverer
    {
        public override async ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
            ITestFrameworkDiscoveryOptions discoveryOptions,
            IXunitTestMethod testMethod,
            IFactAttribute factAttribute
        ) => [.. (await base.Discover(discoveryOptions, testMethod, factAttribute)).Where(test => test.SkipReason is null)];
    }
}
