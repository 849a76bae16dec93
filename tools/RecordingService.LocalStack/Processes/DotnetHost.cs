using System.Runtime.InteropServices;

namespace RecordingService.LocalStack.Processes;

/// <summary>The <c>dotnet</c> program that runs this one.</summary>
internal static class DotnetHost
{
    private static readonly string Name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";

    public static string Path { get; } = Find();

    private static string Find()
    {
        if (System.IO.Path.GetFileName(Environment.ProcessPath) == Name)
        {
            return Environment.ProcessPath!;
        }

        // An apphost loads the runtime from <root>/shared/Microsoft.NETCore.App/<version>/, and dotnet lies in the root.
        var root = System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var beside = System.IO.Path.Combine(root, Name);
        return File.Exists(beside) ? beside : Name;
    }
}
